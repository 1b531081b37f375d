// Headline tiles: a number with its unit, age, and what stands behind it.
"use strict";

cityops.headlines = (() => {
  const { div, span, part, render } = cityops.bound;

  function tile({ key, number, label, value, unit, level, asOf, cadence, judged = "fresh", foot }) {
    return part(
      "div",
      { className: "tile", "data-judged": judged, key },
      div("tile-label", span("tile-name", label), cityops.format.badge(level)),
      part("div", { className: "tile-value", ...cityops.number.of(number) }, part("span", { className: "digits", key: value }, value), span("unit", unit)),
      div("tile-foot", cityops.ages.element(asOf, cadence), span("behind", foot)),
    );
  }

  function metricTile(code, state, context) {
    const metric = state.metrics.find((one) => one.code === code);
    const declared = context.metrics[code];
    return tile({
      key: code,
      number: `metric:${code}`,
      label: declared.name,
      value: cityops.format.number(metric.value, declared.decimals),
      unit: declared.unit,
      level: metric.warning,
      asOf: metric.as_of,
      cadence: metric.expected_interval_s,
      judged: metric.freshness,
      foot: cityops.text(`behind.${declared.aggregate}`, metric),
    });
  }

  function onlineTile({ devices, as_of: asOf }) {
    return tile({
      key: "online",
      number: "count:devices.fresh",
      label: cityops.text("headline.online"),
      value: cityops.format.number(devices.expected ? (100 * devices.fresh) / devices.expected : null, 1),
      unit: "%",
      asOf,
      cadence: 60,
      foot: `${cityops.format.number(devices.fresh, 0)}/${cityops.format.number(devices.expected, 0)}`,
    });
  }

  function openTile({ events }) {
    return tile({
      key: "open",
      number: "count:events.counts.open",
      label: cityops.text("headline.open"),
      value: cityops.format.number(events.counts.open, 0),
      unit: cityops.text("unit.events"),
      asOf: events.as_of,
      foot: cityops.text("headline.urgent", { n: events.counts.urgent_open }),
    });
  }

  // With `headlines_measured` only so many, of what is measured here: a district may have no gauge of some metric.
  function shown(state, { headlines, headlines_measured: most }) {
    if (most === null) return headlines;
    return headlines.filter((code) => state.metrics.find((one) => one.code === code).expected > 0).slice(0, most);
  }

  function draw(state, _, context) {
    const metrics = shown(state, context).map((code) => metricTile(code, state, context));
    render("headlines", [onlineTile(state), openTile(state), ...metrics]);
  }

  return { draw };
})();

cityops.panels.headlines = { draw: cityops.headlines.draw };
