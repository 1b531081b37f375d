// Current warnings: how many of each level, what is out, the gravest; above them how many alarms are open.
"use strict";

cityops.warnings = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 6;
  const OUTAGES = 3;
  const LEVELS = ["red", "orange", "yellow", "blue"];

  function list(state, context) {
    render("warning-counts", counts(state.warnings));
    render("alarm-counts", alarms(state.alarms));
    const outages = state.outages.slice(0, OUTAGES).map((one) => outage(one, context));
    const worst = state.warnings.worst.slice(0, SHOWN - outages.length).map((one) => row(one, context));
    const rows = [...outages, ...worst];
    render("warning-list", rows.length ? rows : div("nothing", nothing(state, context)));
  }

  // Sums may be there without their devices: then it is said why, not that there are none.
  function nothing({ detail, warnings }, context) {
    if (!detail) return cityops.text(context.hidden);
    return cityops.text(LEVELS.some((name) => warnings[name]) ? "warning.counted" : "warning.none");
  }

  function counts(warned) {
    return LEVELS.map((name, place) => count(name, 4 - place, warned[name]));
  }

  function count(name, level, number) {
    const digits = span("warning-number", cityops.format.number(number, 0));
    return part("span", { className: "warning-count", key: name }, cityops.format.badge(level), digits);
  }

  // Alarms last until their cause is gone, devices that warn are those of now: they are counted apart.
  function alarms(open) {
    const each = LEVELS.map((name, place) => {
      const level = 4 - place;
      const mark = cityops.outlines.mark(level, cityops.text(`warning.${level}`), open[name] ? "" : "is-none");
      const digits = span("alarm-number", cityops.format.number(open[name], 0));
      return part("span", { className: `alarm-count ${open[name] ? "" : "is-none"}`.trim(), key: name }, mark, digits);
    });
    const unseen = cityops.text("alarms.unacknowledged", { n: cityops.format.number(open.unacknowledged, 0) });
    return [
      part("span", { className: "alarm-title", key: "title" }, cityops.text("alarms.open")),
      ...each,
      part("span", { className: `alarm-unseen ${open.unacknowledged ? "" : "is-none"}`.trim(), key: "unseen" }, unseen),
    ];
  }

  function row(one, context) {
    const declared = context.metrics[one.metric];
    return part(
      "div",
      { className: "warning", key: `${one.device_code} ${one.metric}` },
      cityops.format.badge(one.warning),
      div(
        "warning-words",
        div("warning-name", deviceName(one, context)),
        div("warning-meta", `${declared.name} · ${onset(one)}`),
      ),
      div(
        "warning-figures",
        div("warning-value", `${cityops.format.number(one.value, declared.decimals)} ${declared.unit}`),
        cityops.ages.element(one.since, 0, `age is-${one.since_known ? "lasting" : "lasting-over"}`),
      ),
    );
  }

  function onset({ since, since_known: known }) {
    return cityops.text(known ? "warning.since" : "warning.since_before", { time: cityops.format.onset(Date.parse(since)) });
  }

  // Many devices that fell silent together, as one row: where and what, how many of how many, since when.
  function outage(one, { lang }) {
    const name = [one[`region_${lang}`], one[`name_${lang}`]].filter(Boolean).join(" ");
    const digits = `${cityops.format.number(one.silent, 0)}/${cityops.format.number(one.devices, 0)}`;
    return part(
      "div",
      { className: "warning outage", key: `outage ${one.region_code} ${one.source} ${one.kind}` },
      span("outage-mark", cityops.text("outage")),
      div(
        "warning-words",
        div("warning-name", name),
        div("warning-meta", cityops.text("warning.since", { time: cityops.format.onset(Date.parse(one.since)) })),
      ),
      div("warning-figures", div("warning-value", digits), cityops.ages.element(one.since, 0, "age is-lasting")),
    );
  }

  // The device's name, and before it the place where the name does not tell it; devices have no English name, so that
  // there it is the kind and the code.
  function deviceName({ device_name_zh: name, device_code: code, kind_en: kind, region_code: region }, context) {
    const place = cityops.regions.nameOf(region, context);
    if (context.lang !== "zh") return `${place} · ${kind} ${code}`;
    return name.includes(place) ? name : `${place} ${name}`;
  }

  return { SHOWN, LEVELS, list, counts, row };
})();

cityops.panels.warnings = { draw: (state, _, context) => cityops.warnings.list(state, context) };
