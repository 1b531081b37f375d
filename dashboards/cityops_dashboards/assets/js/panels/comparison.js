// Places by several indicators beside each other: districts of the city, or streets of a district. The worst of the
// first indicator stands first.
"use strict";

cityops.comparison = (() => {
  const { span, part, render } = cityops.bound;

  function draw(state, context) {
    const codes = context.places;
    const [first] = codes;
    const order = cityops.regions.sorted(state, first, context.metrics[first]);
    const values = codes.map((code) => Object.fromEntries(cityops.regions.of(state, code).map((one) => [one.code, one])));
    const known = order.filter(({ code }) => values.some((of) => of[code] && of[code].expected > 0));
    const names = [cityops.text("comparison.name"), ...codes.map((code) => title(context.metrics[code])), cityops.text("comparison.open")];
    const open = Object.fromEntries(state.events.regions.map((one) => [one.code, one.open]));
    const rows = known.map(({ code }) => ({
      key: code,
      cells: [
        context.children[code] || code,
        ...codes.map((metric, place) => value(metric, values[place][code], context.metrics[metric])),
        cityops.tallies.figure(code in open ? open[code] : null),
      ],
    }));
    render("comparison", cityops.tallies.table(names, rows));
  }

  function title({ name, unit }) {
    return [name, unit && part("span", { className: "tally-unit", key: "unit" }, ` ${unit}`)];
  }

  function value(metric, region, { decimals }) {
    if (!region || region.value === null) return span("is-missing", cityops.text(region?.expected ? "map.missing" : "map.no_device"));
    const shown = cityops.format.number(region.value, decimals);
    const look = region.freshness === "fresh" ? "" : "is-stale";
    const figure = part("span", { className: look, key: "value", ...cityops.number.of(`metric:${metric}:${region.code}`) }, shown);
    return [cityops.format.badge(region.warning), " ", figure];
  }

  return { draw };
})();

cityops.panels.comparison = { draw: (state, _, context) => cityops.comparison.draw(state, context) };
