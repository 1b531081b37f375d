// Districts by the chosen metric: their values as of now, the scale of colours and bars, the ranking, the choice.
"use strict";

cityops.regions = (() => {
  const { span, part, render } = cityops.bound;
  const OFFERED = 4;

  // The regions of a metric, each judged by its age at this moment.
  function of(state, code) {
    const metric = state.metrics.find((one) => one.code === code);
    return metric.regions.map((region) => ({
      ...region,
      freshness: cityops.ages.freshness(region.freshness, region.as_of, metric.expected_interval_s),
    }));
  }

  // The worst first, those without a value last.
  function sorted(state, code, declared) {
    const worse = declared.direction === "low" ? 1 : -1;
    return of(state, code).sort((a, b) => (b.value !== null) - (a.value !== null) || worse * (a.value - b.value));
  }

  // Where a street lies: its district in the city's view, itself in the district's.
  function nameOf(code, context) {
    return (context.streets && context.streets[code]) || context.regions[code.slice(0, context.district_digits)];
  }

  // Low and high end: declared where the metric has an ordinary span, else a round number above the values.
  function scale(regions, declared) {
    if (declared.span) return declared.span;
    const high = Math.max(1, ...regions.map((region) => region.value || 0));
    const step = 10 ** Math.floor(Math.log10(high)) / 2;
    return [0, Math.ceil(high / step) * step];
  }

  // The metrics that are offered first: the page's own, or those that most of the regions measure. What tells of the
  // devices themselves, such as batteries, nearly every region has; it stays in the list of others.
  function offered(state, context) {
    if (context.choices.length) return context.choices;
    const own = (code) => context.metrics[code].health;
    const order = [...new Set([...context.headlines, ...Object.keys(context.metrics)])].filter((code) => !own(code));
    const measuring = (code) => state.metrics.find((one) => one.code === code).regions.filter((one) => one.expected > 0).length;
    const found = order.map((code) => [code, measuring(code)]).sort(([, a], [, b]) => b - a);
    return found.slice(0, OFFERED).map(([code]) => code);
  }

  function choices(state, code, context) {
    const first = offered(state, context);
    const chips = first.map((one) =>
      part(
        "button",
        { className: "chip", key: one, "aria-pressed": one === code, onClick: () => cityops.live.choose(one) },
        context.metrics[one].name,
      ),
    );
    render("choices", [...chips, others(first, code, context)]);
  }

  function others(first, code, context) {
    const rest = Object.keys(context.metrics).filter((one) => !first.includes(one));
    const options = rest.map((one) => part("option", { value: one, key: one }, context.metrics[one].name));
    return part(
      "select",
      {
        className: "chip",
        key: "others",
        value: rest.includes(code) ? code : "",
        "aria-pressed": rest.includes(code),
        onChange: (event) => event.target.value && cityops.live.choose(event.target.value),
      },
      part("option", { value: "" }, cityops.text("map.more")),
      options,
    );
  }

  // The choice of a street on a district's page.
  function streets(context) {
    const options = Object.entries(context.streets).map(([code, name]) => part("option", { value: code, key: code }, name));
    const all = part("option", { value: "", key: "all" }, cityops.text("streets.all"));
    const props = { className: "chip", value: context.street, onChange: (event) => openStreet(event.target.value) };
    render("street-choice", part("select", props, [all, ...options]));
  }

  function openStreet(code) {
    const address = new URL(window.location.href);
    if (code) address.searchParams.set("street", code);
    else address.searchParams.delete("street");
    window.location.assign(address);
  }

  function ranking(state, code, context) {
    const declared = context.metrics[code];
    const regions = sorted(state, code, declared);
    const ends = scale(regions, declared);
    const title = part("div", { className: "rank-head", key: "head" }, span("", declared.name), span("", declared.unit));
    render("ranking", [title, ...regions.map((region) => rank(region, placeOf(region, regions, declared), ends, declared, context))]);
  }

  // As many are worse as it says, and one; those that read the same share a place, and what reads zero has none.
  function placeOf(region, regions, { decimals, direction }) {
    const read = (one) => cityops.format.rounded(one.value, decimals);
    if (region.value === null || (direction !== "low" && read(region) === 0)) return "";
    const sign = direction === "low" ? -1 : 1;
    return 1 + regions.filter((one) => one.value !== null && sign * read(one) > sign * read(region)).length;
  }

  function rank(region, place, [low, high], declared, context) {
    const share = region.value === null ? 0 : Math.min(Math.max((region.value - low) / (high - low), 0.01), 1);
    return part(
      "a",
      {
        className: region.freshness === "fresh" ? "rank" : "rank is-stale",
        href: context.links.district && context.links.district.replace("{code}", region.code),
        key: region.code,
      },
      span("rank-place", place),
      span("rank-name", context.regions[region.code]),
      span("rank-bar", part("span", { className: "rank-fill", style: { width: `${share * 100}%` } })),
      span("rank-value", cityops.format.number(region.value, declared.decimals)),
      span("rank-badge", cityops.format.badge(region.warning)),
    );
  }

  return { of, sorted, nameOf, scale, offered, choices, streets, openStreet, ranking };
})();
