// The streets of a district: the table of the chosen metric, and the choice of one of them.
"use strict";

cityops.streets = (() => {
  const { part, render } = cityops.bound;

  // Rows of the grid of streets.
  function rows(state, metric, context) {
    const names = Object.fromEntries(state.children.map((child) => [child.code, child]));
    const events = Object.fromEntries(state.events.regions.map((region) => [region.code, region]));
    const { decimals } = context.metrics[metric];
    return cityops.regions.sorted(state, metric, context.metrics[metric]).map((region) => ({
      code: region.code,
      name: names[region.code][`name_${context.lang}`],
      value: region.value === null ? null : cityops.format.rounded(region.value, decimals),
      level: region.warning,
      warning: region.warning ? cityops.text(`warning.${region.warning}`) : "",
      coverage: region.expected ? `${region.fresh}/${region.expected}` : null,
      open: events[region.code].open,
      reported: events[region.code].reported_today,
      closed: events[region.code].closed_today,
    }));
  }

  // The choice of a street on a district's page.
  function choice(context) {
    const options = Object.entries(context.streets).map(([code, name]) => part("option", { value: code, key: code }, name));
    const all = part("option", { value: "", key: "all" }, cityops.text("streets.all"));
    const props = { className: "chip", value: context.street, onChange: (event) => open(event.target.value) };
    render("street-choice", part("select", props, [all, ...options]));
  }

  function open(code) {
    const address = new URL(window.location.href);
    if (code) address.searchParams.set("street", code);
    else address.searchParams.delete("street");
    window.location.assign(address);
  }

  return { rows, choice, open };
})();

cityops.panels.streets = {
  begin: (context) => cityops.streets.choice(context),

  draw(state, metric, context) {
    cityops.regions.choices(state, metric, context);
    cityops.live.grid("street-grid", cityops.streets.rows(state, metric, context));
  },
};
