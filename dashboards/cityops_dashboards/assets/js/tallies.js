// What plain panels are made of: cells with a figure each, rows with a bar, tables. What has no room is left out whole.
"use strict";

cityops.tallies = (() => {
  const { div, part } = cityops.bound;

  // A figure over what it counts; with `path` its place in the state, of which it is told what it means.
  function cell(key, value, label, { look = "", path = null } = {}) {
    const means = path ? cityops.number.of(`count:${path}`) : {};
    return part("div", { className: `tally ${look}`.trim(), key }, part("div", { className: "tally-value", ...means }, value), div("tally-label", label));
  }

  // A name, what is said of it below, its figure; with `share` a bar from 0.
  function row(key, name, figure, { note = null, share = null, props = {} } = {}) {
    return part(
      "div",
      { className: "tally-row", key, ...props },
      div("tally-words", div("tally-name", name), note && div("tally-note", note)),
      div("tally-figures", figure),
      share !== null && div("tally-bar", part("span", { style: { width: `${100 * share}%` } })),
    );
  }

  // Columns with their names above; the first is of words, the others of figures.
  function table(names, rows) {
    const head = part("tr", null, ...names.map((name) => part("th", { scope: "col" }, name)));
    const lines = rows.map(({ key, cells, props = {} }) =>
      part("tr", { key, ...props }, ...cells.map((one) => part("td", null, one))),
    );
    return part("table", { className: "tally-table", key: "table" }, part("thead", null, head), part("tbody", null, lines));
  }

  function figure(value, decimals = 0) {
    return cityops.format.number(value, decimals);
  }

  return { cell, row, table, figure };
})();
