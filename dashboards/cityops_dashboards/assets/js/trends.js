// Trends of the last day: a row of words per metric, and one chart with a band per row.
"use strict";

cityops.trends = (() => {
  const { div, span, part, render } = cityops.bound;

  function metricIn(state, code) {
    return state.metrics.find((metric) => metric.code === code);
  }

  function rows(state, context) {
    render("trend-rows", context.trends.map((code) => row(metricIn(state, code), context.metrics[code])));
  }

  function row(metric, declared) {
    const number = (value) => cityops.format.number(value, declared.decimals);
    const known = metric.trend.values.filter((value) => value !== null);
    const range = known.length ? `${number(Math.min(...known))} ~ ${number(Math.max(...known))}` : "—";
    return part(
      "div",
      { className: "trend-row", "data-judged": metric.freshness, key: metric.code },
      span("trend-name", declared.name),
      div(
        "trend-now",
        span("trend-value", number(metric.value)),
        span("trend-unit", declared.unit),
        div("trend-range", cityops.format.badge(metric.warning), range),
      ),
      metric.as_of && cityops.ages.element(metric.as_of, metric.expected_interval_s, "age is-hidden"),
    );
  }

  // Grows in steps, so that an axis stays put while values wander.
  function axisRange(values) {
    const known = values.filter((value) => value !== null);
    if (!known.length) return [0, 1];
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const room = (high - low) * 0.1 || Math.abs(high) * 0.1 || 0.5;
    const step = 10 ** Math.floor(Math.log10(high - low + 2 * room)) / 2;
    return [Math.floor((low - room) / step) * step, Math.ceil((high + room) / step) * step];
  }

  function chart(state, context, figure) {
    const layout = { ...figure.layout };
    const data = context.trends.map((code, number) => {
      const metric = metricIn(state, code);
      const axis = `yaxis${number ? number + 1 : ""}`;
      layout[axis] = { ...layout[axis], range: axisRange(metric.trend.values) };
      return { ...figure.data[number], ...line(metric, figure.data[number], context) };
    });
    return { ...figure, data, layout };
  }

  function line({ trend, freshness, as_of: asOf, expected_interval_s: cadence }, trace, context) {
    const start = Date.parse(trend.start);
    const stale = cityops.ages.freshness(freshness, asOf, cadence) !== "fresh";
    return {
      x: trend.values.map((_, step) => cityops.format.axisTime(start + step * trend.step_s * 1000)),
      y: trend.values,
      line: { ...trace.line, color: stale ? context.stale : context.accent },
    };
  }

  return { rows, chart };
})();
