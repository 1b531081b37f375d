// The map: fills, labels and legend of the districts by the chosen metric.
"use strict";

cityops.map = (() => {
  const { span, part, render } = cityops.bound;

  function fill(id, state, code, context) {
    const declared = context.metrics[code];
    const regions = cityops.regions.of(state, code);
    const ends = cityops.regions.scale(regions, declared);
    const byCode = Object.fromEntries(regions.map((region) => [region.code, region]));
    cityops.live.chart(id, (data) => {
      const places = data.map((_, place) => place).filter((place) => byCode[data[place].meta]);
      const shown = places.map((place) => byCode[data[place].meta]);
      const fillcolor = shown.map((region) => colour(region, ends, context));
      return { traces: { fillcolor, text: shown.map((region) => hover(region, declared, context)) }, places };
    });
  }

  function colour(region, [low, high], { ramp, unknown }) {
    if (region.value === null || region.freshness === "silent") return unknown;
    const share = Math.min(Math.max((region.value - low) / (high - low), 0), 1);
    return ramp[Math.min(Math.floor(share * ramp.length), ramp.length - 1)];
  }

  function hover(region, declared, context) {
    const value = `${declared.name} ${cityops.format.number(region.value, declared.decimals)} ${declared.unit}`;
    return `${context.regions[region.code]}<br>${value}<br>${cityops.text("headline.coverage", region)}`;
  }

  function words(state, code, context) {
    const declared = context.metrics[code];
    const regions = cityops.regions.of(state, code);
    for (const region of regions) render(`map-value-${region.code}`, label(region, declared));
    render("map-legend", legend(cityops.regions.scale(regions, declared), declared, context));
  }

  function label(region, declared) {
    if (region.value === null) return span("is-missing", cityops.text(region.expected ? "map.missing" : "map.no_device"));
    return [
      part(
        "span",
        { className: region.freshness === "fresh" ? "" : "is-stale", key: "value" },
        cityops.format.number(region.value, declared.decimals),
      ),
      part("span", { key: "badge" }, cityops.format.badge(region.warning)),
    ];
  }

  function legend([low, high], declared, context) {
    const last = context.ramp.length - 1;
    const steps = context.ramp.map((colour, step) => {
      const from = low + ((high - low) * step) / context.ramp.length;
      const text = `${step === last ? "≥ " : ""}${cityops.format.number(from, from % 1 ? 1 : 0)}`;
      return legendStep(step, colour, text);
    });
    return [
      part("div", { className: "legend-title", key: "title" }, declared.name, " ", span("quiet", declared.unit)),
      part("div", { key: "colours" }, ...steps.reverse(), legendStep("missing", context.unknown, cityops.text("map.missing"))),
      part("div", { key: "warnings" }, thresholds(declared)),
    ];
  }

  function legendStep(key, background, text) {
    const swatch = part("span", { className: "legend-colour", style: { background } });
    return part("div", { className: "legend-step", key }, swatch, span("legend-text", text));
  }

  function thresholds(declared) {
    const used = declared.thresholds.map((value, place) => [value, place + 1]).filter(([value]) => value !== null);
    const sign = declared.direction === "low" ? "≤" : "≥";
    const steps = used.map(([value, level]) => {
      const text = `${sign} ${cityops.format.number(value, value % 1 ? 1 : 0)}`;
      return part("div", { className: "legend-step", key: level }, cityops.format.badge(level), span("legend-text", text));
    });
    return steps.reverse();
  }

  function open(click, context, figure) {
    const point = click && click.points && click.points[0];
    const code = point && figure.data[point.curveNumber].meta;
    if (code && context.links.district) window.location.assign(context.links.district.replace("{code}", code));
  }

  return { fill, words, open };
})();

cityops.panels.city_map = {
  draw(state, metric, context) {
    cityops.regions.choices(state, metric, context);
    cityops.ranking.list(state, metric, context);
    cityops.map.words(state, metric, context);
    cityops.map.fill("map", state, metric, context);
    cityops.outlines.draw("map", state, context);
  },
};

window.dash_clientside.city_map = { open: cityops.map.open };
