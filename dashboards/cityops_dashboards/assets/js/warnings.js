// Current warnings: how many of each level, what is out, and the gravest devices.
"use strict";

cityops.warnings = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 6;
  const OUTAGES = 3;
  const LEVELS = ["red", "orange", "yellow", "blue"];

  function wall(state, context) {
    render("warning-counts", LEVELS.map((name, place) => count(name, 4 - place, state.warnings[name])));
    const outages = state.outages.slice(0, OUTAGES).map((one) => outage(one, context));
    const worst = state.warnings.worst.slice(0, SHOWN - outages.length).map((one) => row(one, context));
    const rows = [...outages, ...worst];
    render("warning-list", rows.length ? rows : div("nothing", cityops.text(state.detail ? "warning.none" : "detail.hidden")));
  }

  function count(name, level, number) {
    const digits = span("warning-number", cityops.format.number(number, 0));
    return part("span", { className: "warning-count", key: name }, cityops.format.badge(level), digits);
  }

  function row(one, context) {
    const declared = context.metrics[one.metric];
    return part(
      "div",
      { className: "warning", key: `${one.device_code} ${one.metric}` },
      cityops.format.badge(one.warning),
      span("warning-name", deviceName(one, context)),
      span("warning-value", `${cityops.format.number(one.value, declared.decimals)} ${declared.unit}`),
      cityops.ages.element(one.ts),
    );
  }

  // Many devices that fell silent together, as one row: where and what, how many of how many, since when.
  function outage(one, { lang }) {
    const name = [one[`region_${lang}`], one[`name_${lang}`]].filter(Boolean).join(" ");
    const digits = `${cityops.format.number(one.silent, 0)}/${cityops.format.number(one.devices, 0)}`;
    return part(
      "div",
      { className: "warning outage", key: `outage ${one.region_code} ${one.source} ${one.kind}` },
      span("outage-mark", cityops.text("outage")),
      span("warning-name", name),
      span("warning-value", digits),
      cityops.ages.element(one.since),
    );
  }

  // The device's name, and before it the place where the name does not tell it.
  function deviceName({ device_name_zh: name, region_code: code }, context) {
    const place = cityops.regions.nameOf(code, context);
    return name.includes(place) ? name : `${place} ${name}`;
  }

  return { wall };
})();
