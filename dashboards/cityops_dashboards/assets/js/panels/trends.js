// The first two indicators of a scene, drawn large one above the other on one time axis: cause above effect.
"use strict";

cityops.trends = (() => {
  const { div, span, part, render } = cityops.bound;
  const LARGE = 2;
  const sizes = new ResizeObserver(() => last && draw(...last)); // a past moment is drawn once, and heads take their room after it
  const watched = new WeakSet();

  let last = null;

  function metricIn(state, code) {
    return state.metrics.find((metric) => metric.code === code);
  }

  // The first that are measured here; where none is, the first.
  function large(state, { trends }) {
    const measured = trends.filter((code) => metricIn(state, code).expected > 0);
    return [...measured, ...trends.filter((code) => !measured.includes(code))].slice(0, LARGE);
  }

  // Where there is no place for one, as on a page that shows fewer, it is left out.
  function draw(state, context) {
    last = [state, context];
    const codes = large(state, context);
    codes.forEach((code, place) => {
      const [metric, declared] = [metricIn(state, code), context.metrics[code]];
      render(`trend-head-${place}`, head(metric, declared));
      const chart = document.getElementById(`trend-${place}`);
      if (!chart?.clientWidth) return;
      watch(chart);
      const size = { width: chart.clientWidth, height: chart.clientHeight, hasHours: place === codes.length - 1, id: `trend-${place}` };
      render(`trend-${place}`, cityops.curves.large(metric, declared, size));
    });
    render("trend-source", source(codes.map((code) => metricIn(state, code)), context));
  }

  function watch(chart) {
    if (watched.has(chart)) return;
    watched.add(chart);
    sizes.observe(chart);
  }

  function head(metric, declared) {
    return part(
      "div",
      { className: "trend-head", "data-judged": metric.freshness, "data-metric": metric.code },
      div(
        "trend-words",
        span("trend-name", declared.name),
        span("trend-how", cityops.text(`how.${declared.aggregate}`), " · ", age(metric), metric.limits && [" · ", part("b", { key: "limits" }, cityops.text(`limits.${metric.limits.kind}`))]),
      ),
      part("div", { className: "trend-now", ...cityops.number.of(`metric:${metric.code}`) }, cityops.format.badge(metric.warning), figure(metric, declared), span("trend-unit", declared.unit)),
    );
  }

  function age(metric) {
    return cityops.curves.lack(metric) || cityops.ages.element(metric.as_of, metric.expected_interval_s);
  }

  function figure({ value }, { decimals }) {
    const said = cityops.format.number(value, decimals);
    return part("span", { className: "trend-value figure", key: said }, said);
  }

  // What the grey band is, and how many stand behind each curve.
  function source(metrics, context) {
    const usual = metrics.some(({ band }) => band) ? [cityops.text("trend.band")] : [];
    const each = metrics.map(({ code, fresh, expected }) =>
      cityops.text("trend.coverage", {
        name: context.metrics[code].name,
        fresh: cityops.format.number(fresh, 0),
        expected: cityops.format.number(expected, 0),
      }),
    );
    return [...usual, ...each].join(" · ");
  }

  return { large, draw, metricIn, age, figure };
})();

cityops.panels.trends = { draw: (state, _, context) => cityops.trends.draw(state, context) };
