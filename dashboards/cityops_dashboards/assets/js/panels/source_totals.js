// The source systems as a table: whose each is, its devices, how much came and was refused, how old the newest is.
"use strict";

cityops.sourceTotals = (() => {
  const { render } = cityops.bound;
  const ORDER = { silent: 0, late: 1, manual: 2, fresh: 3 };
  const COLUMNS = ["name", "department", "devices", "received", "rejected", "age"];

  function draw({ sources }, { lang }) {
    const sorted = [...sources].sort((a, b) => ORDER[a.freshness] - ORDER[b.freshness]);
    const names = COLUMNS.map((key) => cityops.text(`source_totals.${key}`));
    render("source_totals", cityops.tallies.table(names, sorted.map((one) => row(one, lang))));
  }

  function row(one, lang) {
    const age = one.last_received_at
      ? cityops.ages.element(one.last_received_at, one.expected_interval_s)
      : cityops.text("source_totals.never");
    const counts = [one.devices, one.received, one.rejected].map((n) => cityops.format.count(n));
    const cells = [one[`name_${lang}`], one[`department_${lang}`], ...counts, age];
    return { key: one.code, cells, props: { className: "tally-line", "data-judged": one.freshness } };
  }

  return { draw };
})();

cityops.panels.source_totals = { draw: (state, _, context) => cityops.sourceTotals.draw(state, context) };
