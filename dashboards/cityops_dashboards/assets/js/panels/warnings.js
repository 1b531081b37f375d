// What is wrong: how many alarms of each level are open and in which groups, the gravest first, with who has them in
// hand; what is out.
"use strict";

cityops.warnings = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 6;
  const OUTAGES = 2;
  const LEVELS = ["red", "orange", "yellow", "blue"];
  const told = new WeakMap(); // by list: how many belong to it, and how many others there are
  const resized = new ResizeObserver((changes) => changes.forEach(({ target }) => tellRest(target)));

  function list(state, context) {
    const own = cityops.matter.alarms(state, context);
    const [open, made] = own ? [own.n, own.groups] : [total(state.alarms), state.alarms.groups_open];
    const all = { n: cityops.format.number(open, 0), groups: cityops.format.number(made, 0) };
    render("alarm-total", cityops.text("desk.alarms_counted", all));
    render("alarm-counts", alarms(state.alarms));
    const outages = state.outages.filter(concerns(own, context)).slice(0, OUTAGES).map((one) => outage(one, context));
    const told = own ? state.alarms.groups.filter(own.fits) : state.alarms.groups;
    const groups = sorted(told).slice(0, SHOWN - outages.length).map((one) => group(one, state.alarms, context));
    const rows = [...outages, ...groups];
    const none = part("div", { className: "nothing", key: "nothing" }, nothing(state, context, own));
    const others = own ? total(state.alarms) - own.n : 0;
    const left = { isTold: state.detail, open, made, others };
    const counted = part("span", { key: "counted", hidden: true, ref: (mark) => mark && follow(mark.parentElement, left) });
    render("warning-list", [...(rows.length ? rows : [none]), counted]);
  }

  // By level, then those that nobody has acknowledged, then by onset.
  function sorted(groups) {
    const unseen = (one) => one.unacknowledged > 0;
    return [...groups].sort((a, b) => b.level - a.level || unseen(b) - unseen(a) || Date.parse(a.onset) - Date.parse(b.onset));
  }

  // A scene of one matter tells of what is out of its own sources; one of devices themselves of all.
  function concerns(own, { filters, headlines, trends, choices, numbers }) {
    if (!own || isIn(filters.alarms.classes, "health")) return () => true;
    const feeds = new Set([...headlines, ...trends, ...choices].flatMap((code) => numbers[`metric:${code}`]?.sources || []));
    return ({ source }) => feeds.has(source);
  }

  function isIn(list, one) {
    return !list || list.includes(one);
  }

  // Counts may be there without their groups: then it is said why, not that there are none.
  function nothing({ detail }, context, own) {
    return cityops.text(!detail ? context.hidden : own ? "alarms.none_of_matter" : "alarms.none");
  }

  // What has no room is told as the list stands: rows are as high as their words, and what stands around it moves it.
  function follow(list, left) {
    told.set(list, left);
    resized.observe(list);
    tellRest(list);
  }

  // Shown and left out are together all there are; those of other matters are told apart.
  function tellRest(list) {
    const { isTold, open, made, others } = told.get(list);
    const right = list.getBoundingClientRect().right;
    const shown = [...list.querySelectorAll("[data-count]")].filter((row) => row.getBoundingClientRect().left < right - 1);
    const n = open - shown.reduce((sum, row) => sum + Number(row.dataset.count), 0);
    const rest = { groups: cityops.format.number(made - shown.length, 0), n: cityops.format.number(n, 0) };
    const line = document.getElementById("warning-rest");
    const said = [
      isTold && n > 0 && cityops.text("alarms.rest", rest),
      others > 0 && cityops.text("alarms.others", { n: cityops.format.number(others, 0) }),
    ];
    if (line) line.textContent = said.filter(Boolean).join(cityops.text("sit.semicolon"));
  }

  function total(open) {
    return LEVELS.reduce((sum, name) => sum + open[name], 0);
  }

  function counts(warned) {
    return LEVELS.map((name, place) => count(name, 4 - place, warned[name]));
  }

  function count(name, level, number) {
    const digits = span("warning-number", cityops.format.number(number, 0));
    const look = number ? "warning-count" : "warning-count is-none"; // none is seen too, without a colour
    return part("span", { className: look, key: name }, cityops.format.badge(level), digits);
  }

  // None is seen too, without a colour.
  function alarms(open) {
    const each = LEVELS.map((name, place) => {
      const level = 4 - place;
      const mark = cityops.outlines.mark(level, cityops.text(`warning.${level}`), open[name] ? "" : "is-none");
      const digits = span("alarm-number", cityops.format.number(open[name], 0));
      const props = { className: `alarm-count ${open[name] ? "" : "is-none"}`.trim(), key: name };
      return part("span", { ...props, ...cityops.number.of(`count:alarms.${name}`) }, mark, digits);
    });
    const unseen = cityops.text("alarms.unacknowledged", { n: cityops.format.number(open.unacknowledged, 0) });
    return [
      ...each,
      part(
        "span",
        { className: `alarm-unseen ${open.unacknowledged ? "" : "is-none"}`.trim(), key: "unseen", ...cityops.number.of("count:alarms.unacknowledged") },
        unseen,
      ),
    ];
  }

  // Open alarms of one rule in one place: what and where, how many and how bad; since when, who is on it, where it goes.
  function group(one, alarms, context) {
    const unseen = one.unacknowledged > 0;
    const place = cityops.regions.shortName(one.region_code, context);
    const what = one[`name_${context.lang}`] || one.rule_code;
    const count = one.count > 1 ? ` ${cityops.text("alarms.places", { n: cityops.format.number(one.count, 0) })}` : "";
    return part(
      "div",
      {
        className: `warning alarm-group ${unseen ? "is-unseen" : ""}`.trim(),
        key: `${one.rule_code} ${one.region_code}`,
        "data-count": one.count,
      },
      cityops.outlines.mark(one.level, cityops.text(`warning.${one.level}`)),
      div("warning-name", cityops.modes.mark(one), `${place} ${what}`, span("alarm-places", count)),
      worst(one, context),
      div("warning-meta", ...inHand(one, unseen)),
      div("warning-goes", goes(one, alarms)),
    );
  }

  // Which way the worst of them goes, where single alarms are told.
  function goes({ rule_code: rule, region_code: region, value }, { places = [] }) {
    const own = places.filter((one) => one.rule_code === rule && one.region_code.startsWith(region) && one.trend);
    const worst = own.find((one) => one.value === value) || own[0];
    return worst ? cityops.text(`alarms.goes.${worst.trend}`) : null;
  }

  function worst({ metric, value, rule_code: rule, region_code: region }, context) {
    const declared = context.metrics[metric];
    if (value === null || !declared) return div("warning-value", null);
    return part(
      "div",
      { className: "warning-value", ...cityops.number.of(`group:${rule}:${region}`) },
      part("span", { className: "figure", key: value }, cityops.format.number(value, declared.decimals)),
      part("span", { className: "warning-unit", key: "unit" }, ` ${declared.unit}`),
    );
  }

  // How long nobody has said that he knows comes before all else.
  function inHand(one, unseen) {
    const begin = onset({ since: one.onset, since_known: true });
    const lasting = part("span", { key: "begin" }, ...since(one.onset, begin));
    const known = one.acknowledged_by && cityops.text("alarms.acknowledged", { who: one.acknowledged_by });
    const parts = unseen ? [waiting(one), begin] : [lasting];
    return [...parts, cases(one) || (unseen ? null : known)].filter(Boolean).flatMap((one, place) => (place ? [" · ", one] : [one]));
  }

  // How long it lasts; when it began before that, where that was today.
  function since(onset, begin) {
    const age = part("span", { key: "age" }, cityops.ages.element(onset, 0, "is-age is-span"));
    if (!begin.includes("-")) return [begin, " ", age];
    return cityops.text("span.for", { span: "\u0000" }).split("\u0000").map((words, place) => (place ? [age, words] : words));
  }

  function waiting({ unacknowledged: n, unacknowledged_since: since, count }) {
    const key = n < count ? "alarms.some_waiting" : "desk.unacknowledged";
    const said = cityops.text(key, { n: cityops.format.number(n, 0) });
    return part("span", { className: "alarm-waits", key: "waits" }, said, " ", cityops.ages.element(since, 0, "age is-span"));
  }

  function cases({ cases: n, case_number: number }) {
    if (!n) return null;
    const said = cityops.text("alarms.cases", { n: cityops.format.number(n, 0) });
    return part("span", { className: "alarm-case", key: "case", title: number }, said);
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
