// The newest state of a page, kept once and drawn by the page's own scripts. It never goes through a Store of Dash: Dash
// keeps each value that came into one, for an undo that no page offers, and a wall stands open for months.
"use strict";

cityops.live = (() => {
  const WAIT_MS = 100;
  const waiting = new Map(); // by name: what is to be done once a chart or a grid is there

  let state = null;
  let metric = null;

  function begin(code) {
    const { context } = cityops;
    for (const name of context.panels) cityops.panels[name].begin?.(context);
    metric = code;
    if (state?.region.code === context.region) draw(); // another scene of what is known already
    else state = null;
  }

  function take(pushed) {
    state = pushed;
    draw();
  }

  // Show another metric; it stands in the address, so that a reload shows it again.
  function choose(code) {
    const address = new URL(window.location.href);
    address.searchParams.set("metric", code);
    window.history.replaceState(null, "", address);
    metric = code;
    draw();
  }

  // Each panel for itself: one that fails is told to the browser and takes no other with it.
  function draw() {
    if (!state) return;
    const { context } = cityops;
    const shown = metric || cityops.regions.offered(state, context)[0];
    const own = [cityops.titlebar.asOf, cityops.modes.draw, cityops.scenes.follow, cityops.number.draw];
    for (const draw of [...own, ...context.panels.map((name) => cityops.panels[name].draw)]) {
      try {
        draw(state, shown, context);
      } catch (error) {
        window.reportError(error);
      }
    }
  }

  // Do `act` with what `find` gives, as soon as it gives something: Dash brings charts and grids up some time after the
  // page, and a tab without them never. A newer call of this name takes the older one's place.
  function when(name, find, act) {
    const isNew = !waiting.has(name);
    waiting.set(name, () => {
      const found = find();
      if (found) act(found);
      return Boolean(found);
    });
    if (isNew) attempt(name);
  }

  function attempt(name) {
    if (waiting.get(name)()) waiting.delete(name);
    else setTimeout(attempt, WAIT_MS, name);
  }

  // Do `act` with the chart of a dcc.Graph as soon as it is drawn.
  function plotted(id, name, act) {
    when(name, () => document.querySelector(`#${id} .js-plotly-plot:not(.dash-graph--pending)`), act);
  }

  // Tell Plotly what differs in the chart of a dcc.Graph; `change` makes of its traces what Plotly.update takes.
  function chart(id, change) {
    plotted(id, id, (plot) => {
      const { traces, layout = {}, places } = change(plot.data);
      window.Plotly.update(plot, traces, layout, places);
    });
  }

  // Give the grid its rows; it keeps those with the same key, with sorting, filters and place.
  function grid(id, rows) {
    when(id, () => gridApi(id), (api) => api.setGridOption("rowData", rows));
  }

  function gridApi(id) {
    try {
      return window.dash_ag_grid.getApi(id);
    } catch {
      return null; // it is not up yet
    }
  }

  return { begin, take, choose, plotted, chart, grid };
})();
