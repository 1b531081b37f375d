// Current warnings: how many of each level, and the gravest devices.
"use strict";

cityops.warnings = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 6;
  const LEVELS = ["red", "orange", "yellow", "blue"];

  function wall(state, context) {
    render("warning-counts", LEVELS.map((name, place) => count(name, 4 - place, state.warnings[name])));
    const worst = state.warnings.worst.slice(0, SHOWN).map((one) => row(one, context));
    render("warning-list", worst.length ? worst : div("nothing", cityops.text("warning.none")));
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

  // The device's name, and before it the place where the name does not tell it.
  function deviceName({ device_name_zh: name, region_code: code }, context) {
    const place = cityops.regions.nameOf(code, context);
    return name.includes(place) ? name : `${place} ${name}`;
  }

  return { wall };
})();
