// The worst streets of the chosen metric, or its districts where no streets are told, in the free corner of the map.
"use strict";

cityops.ranking = (() => {
  const { span, part, render } = cityops.bound;
  const SHOWN = 6;

  function list(state, code, context) {
    const declared = context.metrics[code];
    const rows = streets(state, code, context) || districts(state, code, context);
    const ends = endsOf(rows, declared);
    const isStreets = rows.isStreets || state.region.level !== "city";
    const words = cityops.text(isStreets ? "ranking.streets" : "ranking.districts");
    const title = part("div", { className: "rank-head", key: "head" }, span("", words), span("", declared.unit));
    const shown = rows.slice(0, SHOWN).map((row) => rank(row, code, ends, context));
    render("ranking", [title, ...shown]);
  }

  function streets(state, code, context) {
    const told = state.metrics.find((one) => one.code === code).streets;
    if (!told?.length) return null;
    const rows = told.map((one) => ({ ...one, freshness: "fresh", name: cityops.ground.streetName(one.code) || one.code, district: districtOf(one.code, state, context) }));
    return Object.assign(rows, { isStreets: true });
  }

  // Of a district's own wall all streets are its: it need not be said.
  function districtOf(code, { region }, context) {
    const district = cityops.regions.nameOf(code, context);
    if (code.startsWith(region.code)) return "";
    return context.lang === "zh" ? district.replace(/(?<=..)区$/, "") : district;
  }

  function districts(state, code, context) {
    const named = (region) => context.regions[region.code] || state.children.find((one) => one.code === region.code)?.[`name_${context.lang}`];
    return cityops.regions.sorted(state, code, context.metrics[code]).map((region) => ({ ...region, name: named(region), district: "" }));
  }

  // Bars begin at zero, or below it where the values do.
  function endsOf(rows, { direction, span: ordinary }) {
    const values = rows.map(({ value }) => value).filter((value) => value !== null);
    const low = Math.min(0, ...values);
    const high = Math.max(low < 0 ? 0 : 1e-9, ...values, direction === "low" && ordinary ? ordinary[1] : 0);
    return [low, high];
  }

  // The name leads to the place, the value tells what it means.
  function rank(region, metric, [low, high], context) {
    const share = region.value === null ? 0 : Math.min(Math.max((region.value - low) / (high - low), 0), 1);
    const leads = context.links.district && context.regions[region.code];
    const value = cityops.format.number(region.value, context.metrics[metric].decimals);
    return part(
      "div",
      { className: region.freshness === "fresh" ? "rank" : "rank is-stale", key: region.code },
      part("a", { className: "rank-name", href: leads ? context.links.district.replace("{code}", region.code) : undefined }, region.name),
      span("rank-district", region.district),
      part("span", { className: "rank-value", ...cityops.number.of(`metric:${metric}:${region.code}`) }, value),
      span("rank-bar", part("span", { className: "rank-fill", style: { width: `${share * 100}%` } })),
    );
  }

  return { list };
})();
