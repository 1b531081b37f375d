// The wall: what is drawn anew when a state comes or another metric is chosen.
"use strict";

cityops.pages.wall = {
  parts: [
    (state) => cityops.titlebar.asOf(state),
    (state, _, context) => cityops.headlines.wall(state, context),
    (state, _, context) => cityops.trends.rows(state, context),
    (state, _, context) => cityops.trends.chart("trends", state, context),
    (state, _, context) => cityops.sources.list(state, context),
    (state, _, context) => cityops.events.wall(state, context),
    (state, _, context) => cityops.warnings.wall(state, context),
    (state, metric, context) => cityops.regions.choices(state, metric, context),
    (state, metric, context) => cityops.regions.ranking(state, metric, context),
    (state, metric, context) => cityops.map.words(state, metric, context),
    (state, metric, context) => cityops.map.fill("map", state, metric, context),
  ],
};

window.dash_clientside.wall = {
  openDistrict: (click, context, figure) => cityops.map.open(click, context, figure),
};
