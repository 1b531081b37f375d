// A district's page: the same parts as on the wall, its streets, and the ways to a street and to an event.
"use strict";

cityops.pages.district = {
  begin: (context) => cityops.regions.streets(context),

  parts: [
    (state) => cityops.titlebar.asOf(state),
    (state, _, context) => cityops.headlines.district(state, context),
    (state, _, context) => cityops.trends.rows(state, context),
    (state, _, context) => cityops.trends.chart("district-trends", state, context),
    (state, _, context) => cityops.events.wall(state, context),
    (state, _, context) => cityops.warnings.wall(state, context),
    (state, metric, context) => cityops.regions.choices(state, metric, context),
    (state, metric, context) => cityops.live.grid("street-grid", cityops.district.streets(state, metric, context)),
  ],
};

cityops.district = {
  // Rows of the grid of streets.
  streets(state, metric, context) {
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
  },
};

window.dash_clientside.district = {
  openStreet(cell) {
    if (cell) cityops.regions.openStreet(cell.rowId);
  },

  // Puts the chosen event into the address, so that it can be sent to a colleague.
  nameEvent(cell) {
    if (!cell) return;
    const address = new URL(window.location.href);
    address.searchParams.set("event", cell.rowId);
    window.history.replaceState(null, "", address);
  },
};
