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

  function chart(state, context) {
    cityops.live.chart("trends", () => {
      const metrics = context.trends.map((code) => metricIn(state, code));
      const ranges = metrics.map(({ trend }, number) => [`yaxis${number ? number + 1 : ""}.range`, axisRange(trend.values)]);
      const colours = metrics.map((metric) => colour(metric, context));
      const x = metrics.map(({ trend }) => times(trend));
      const traces = { x, y: metrics.map(({ trend }) => trend.values), "line.color": colours };
      return { traces, layout: { ...Object.fromEntries(ranges), ...reach(x.flat()) } };
    });
  }

  // From the first to the last time; where there is none, the axis stays.
  function reach(moments) {
    const known = [...moments].sort();
    return known.length ? { "xaxis.range": [known[0], known.at(-1)] } : {};
  }

  function times({ start, step_s: stepS, values }) {
    return values.map((_, step) => cityops.format.axisTime(Date.parse(start) + step * stepS * 1000));
  }

  function colour({ freshness, as_of: asOf, expected_interval_s: cadence }, context) {
    return cityops.ages.freshness(freshness, asOf, cadence) === "fresh" ? context.accent : context.stale;
  }

  return { rows, chart };
})();

cityops.panels.trends = {
  draw(state, _, context) {
    cityops.trends.rows(state, context);
    cityops.trends.chart(state, context);
  },
};
