// Vital signs: the scene's other indicators as a figure each, with what stands behind it, what it was yesterday at this
// hour, and its day as a small curve. What has no room is left out whole.
"use strict";

cityops.vitals = (() => {
  const { div, span, part, render } = cityops.bound;

  // Headlines first, then the trends that are not drawn large; nothing that nobody measures here.
  function shown(state, { headlines, trends }) {
    const large = cityops.trends.large(state, { trends });
    const codes = [...new Set([...headlines, ...trends])].filter((code) => !large.includes(code));
    return codes.filter((code) => cityops.trends.metricIn(state, code).expected > 0);
  }

  function draw(state, context) {
    render("vitals", shown(state, context).map((code) => row(cityops.trends.metricIn(state, code), context.metrics[code])));
  }

  function row(metric, declared) {
    return part(
      "div",
      { className: "vital", "data-judged": metric.freshness, "data-metric": metric.code, key: metric.code },
      div("vital-name", declared.name, div("vital-source", coverage(metric), " · ", cityops.trends.age(metric))),
      div(
        "vital-now",
        part("div", { className: "vital-figure", ...cityops.number.of(`metric:${metric.code}`) }, cityops.format.badge(metric.warning), cityops.trends.figure(metric, declared), span("vital-unit", declared.unit)),
        div("vital-before", before(metric, declared)),
      ),
      cityops.curves.small(metric, declared),
    );
  }

  function coverage({ fresh, expected }) {
    return `${cityops.format.number(fresh, 0)}/${cityops.format.number(expected, 0)}`;
  }

  // Yesterday at this hour, else an hour ago, else what the figure is.
  function before({ yesterday, change_1h: change }, { decimals, aggregate }) {
    const number = (value) => cityops.format.number(value, decimals);
    if (typeof yesterday === "number") return cityops.text("vital.yesterday", { n: number(yesterday) });
    if (typeof change !== "number") return cityops.text(`how.${aggregate}`);
    const rounded = cityops.format.rounded(change, decimals);
    return cityops.text("vital.hour", { n: `${rounded > 0 ? "+" : ""}${number(change)}` });
  }

  return { shown, draw };
})();

cityops.panels.vitals = { draw: (state, _, context) => cityops.vitals.draw(state, context) };
