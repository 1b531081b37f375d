// Regions by the chosen metric: their values as of now, the scale of colours and bars, the choice of a metric.
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

  // As people call it: 天河, not 天河区.
  function shortName(code, context) {
    return (nameOf(code, context) || code).replace(/(?<=.{2})区$/, "");
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

  return { of, sorted, nameOf, shortName, scale, offered, choices };
})();
