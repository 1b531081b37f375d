// The wall: what is drawn anew when a state comes, and what when another metric is chosen.
"use strict";

window.dash_clientside.wall = {
  // Everything but the charts draws itself.
  draw(state, context) {
    if (!state) return;
    cityops.titlebar.asOf(state);
    cityops.headlines.wall(state, context);
    cityops.trends.rows(state, context);
    cityops.sources.list(state, context);
    cityops.events.wall(state, context);
    cityops.warnings.wall(state, context);
  },

  drawMetric(state, metric, context) {
    if (!state || !metric) return;
    cityops.regions.choices(state, metric, context);
    cityops.regions.ranking(state, metric, context);
    cityops.map.words(state, metric, context);
  },

  trends(state, context, figure) {
    return state ? cityops.trends.chart(state, context, figure) : cityops.noUpdate();
  },

  map(state, metric, context, figure) {
    return state && metric ? cityops.map.fill(state, metric, context, figure) : cityops.noUpdate();
  },

  openDistrict: (click, context, figure) => cityops.map.open(click, context, figure),
};
