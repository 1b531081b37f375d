// Source systems: those that are not on time stand first.
"use strict";

cityops.sources = (() => {
  const { span, part, render } = cityops.bound;
  const SHOWN = 9;
  const ORDER = { silent: 0, late: 1, manual: 2, fresh: 3 };

  function list(state, context) {
    render("sources-count", span("quiet", rate(state.platform)));
    const sorted = [...state.sources].sort((a, b) => ORDER[a.freshness] - ORDER[b.freshness]);
    const rest = sorted.slice(SHOWN);
    render("sources", [...sorted.slice(0, SHOWN).map((source) => row(source, context)), rest.length ? more(rest) : null]);
  }

  // What comes in, for whoever looks after the platform; how many are on time stands in the title bar.
  function rate({ readings_per_s: rate, readings_kept: kept }) {
    const n = cityops.format.count(rate === null ? null : Math.round(rate));
    return cityops.text("sources.rate", { n, kept: cityops.format.count(kept) });
  }

  function row(source, context) {
    return part(
      "div",
      { className: "source", "data-judged": source.freshness, key: source.code },
      span("light"),
      span("source-name", context.lang === "zh" ? source.name_zh : source.name_en),
      source.last_received_at
        ? cityops.ages.element(source.last_received_at, source.expected_interval_s, "age is-short")
        : span("age", cityops.text(source.freshness === null ? "replay.not_kept" : "sources.never")),
    );
  }

  function more(rest) {
    const late = rest.filter((source) => source.freshness !== null && source.freshness !== "fresh").length;
    const key = late ? "sources.rest_late" : "sources.rest";
    return part("div", { className: "source source-rest", key: "rest" }, cityops.text(key, { n: rest.length, late }));
  }

  return { list };
})();

cityops.panels.sources = { draw: (state, _, context) => cityops.sources.list(state, context) };
