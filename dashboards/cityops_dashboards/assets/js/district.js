// A district's page: the same parts as on the wall, its streets, and the ways to a street and to an event.
"use strict";

window.dash_clientside.district = {
  draw(state, context) {
    if (!state) return;
    cityops.titlebar.asOf(state);
    cityops.headlines.district(state, context);
    cityops.trends.rows(state, context);
    cityops.events.wall(state, context);
    cityops.warnings.wall(state, context);
  },

  choices(state, metric, context) {
    cityops.regions.streets(context);
    if (state) cityops.regions.choices(state, metric || cityops.regions.offered(state, context)[0], context);
  },

  // Rows of the grid of streets.
  streets(state, chosen, context) {
    if (!state) return cityops.noUpdate();
    const metric = chosen || cityops.regions.offered(state, context)[0];
    const names = Object.fromEntries(state.children.map((child) => [child.code, child]));
    const events = Object.fromEntries(state.events.regions.map((region) => [region.code, region]));
    const { decimals } = context.metrics[metric];
    return cityops.regions.sorted(state, metric, context.metrics[metric]).map((region) => ({
      code: region.code,
      name: names[region.code][`name_${context.lang}`],
      value: region.value === null ? null : Number(region.value.toFixed(decimals)),
      level: region.warning,
      warning: region.warning ? cityops.text(`warning.${region.warning}`) : "",
      coverage: region.expected ? `${region.fresh}/${region.expected}` : null,
      open: events[region.code].open,
      reported: events[region.code].reported_today,
      closed: events[region.code].closed_today,
    }));
  },

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
