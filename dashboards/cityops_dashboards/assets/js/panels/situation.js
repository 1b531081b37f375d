// The strip below the title bar: a sentence before numbers. What is wrong, where, how bad, which way it goes and who is
// there, made by rule; calm is grey. When the picture has stopped the strip is inverted and says since when.
"use strict";

cityops.situation = (() => {
  const { div, span, part, render } = cityops.bound;
  const GRAVE = 3; // orange, and red above it
  const NAMES = { 4: "red", 3: "orange", 2: "yellow", 1: "blue" };
  const NAMED = 2; // districts
  const STEPS = 4; // of the sentence's size, see situation.css
  const AGE = "\u0000"; // where an age that ticks stands in a text

  let newest = null; // of the states
  let warned = null; // what is said below the sentence in place of all else
  let halted = null; // what is said of a picture that has stopped, and whose time was up

  function draw(state) {
    newest = state;
    show();
  }

  // The line is cut or whole again: `told` is null when all is well. Before the first state there is only that to say.
  function halt(told, ended) {
    halted = told === null ? null : { told, ended };
    show();
  }

  // Nothing comes in any more, though the line is whole: said below the sentence, until something does.
  function warn(told) {
    warned = told;
    show();
  }

  function show() {
    const strip = document.getElementById("situation");
    if (!strip) return;
    if (!newest) put(strip, "is-calm", [say(halted?.told || cityops.text("link.connecting"), [])]);
    else if (halted) put(strip, "is-halted", stopped(newest));
    else standing(strip, newest, cityops.context);
  }

  function standing(strip, state, context) {
    const found = gravest(state, context);
    const facts = [levels(state), handled(state, found), devices(state)];
    if (!found) return put(strip, "is-calm", [say(cityops.text("sit.calm"), calm(state, context)), ...facts]);
    const parts = [block(found), say(sentence(found, context), details(found, context), state.situation && "count:situation.places"), ...facts];
    return put(strip, `is-${NAMES[found.level]}`, parts);
  }

  function put(strip, look, parts) {
    strip.className = `situation ${look}`;
    render("situation", parts);
  }

  function stopped({ as_of: asOf, alarms, events }) {
    const time = asOf ? cityops.format.clock(Date.parse(asOf)) : "—";
    const { told, ended } = halted;
    const more = [told, ended === "session" && cityops.banner.signInLink()].filter(Boolean);
    return [
      part("div", { className: "sit-level", key: "level" }, cityops.text("halt.level")),
      say(aged(cityops.text("halt.said", { time, span: AGE }), asOf), more),
      fact("levels", cityops.text("halt.alarms"), counts(alarms), cityops.text("halt.unknown")),
      fact("cases", cityops.text("halt.cases"), figure("events.counts.open", events.counts.open, cityops.text("unit.events")), cityops.text("halt.unknown")),
      fact("instead", cityops.text("halt.instead"), part("span", { className: "sit-instead" }, cityops.text("halt.phone")), cityops.text("halt.check")),
    ];
  }

  // A text with an age that ticks in it.
  function aged(said, since) {
    const [before, after = ""] = said.split(AGE);
    return [before, part("span", { key: "age" }, cityops.ages.element(since, 0, "is-age is-span")), after];
  }

  // What stands: told by the state, else made of the gravest groups, else of the counts alone. Null when it is calm.
  function gravest(state, context) {
    if (state.situation) return state.situation;
    const level = state.alarms.red ? 4 : state.alarms.orange ? GRAVE : 0;
    if (!level) return null;
    const groups = state.alarms.groups.filter((one) => one.level === level);
    if (!groups.length) return counted(state.alarms, level);
    return grouped(groups.filter((one) => one.rule_code === groups[0].rule_code), context);
  }

  function counted(alarms, level) {
    const regions = alarms.regions.filter((one) => one.worst === level).map(({ code }) => code);
    return { level, regions, places: alarms[NAMES[level]], unacknowledged: alarms.unacknowledged };
  }

  // A group counts what is open in it, whatever its level: so nothing is said of a threshold that all have crossed.
  function grouped(groups, { district_digits: digits }) {
    const [first] = groups;
    const sum = (name) => groups.reduce((total, one) => total + one[name], 0);
    const earliest = (name) => groups.map((one) => one[name]).filter(Boolean).sort()[0] || null;
    return {
      ...first,
      regions: [...new Set(groups.map((one) => one.region_code.slice(0, digits)))],
      places: sum("count"),
      worst: { value: first.value, region_code: first.region_code, since: earliest("onset") },
      cases: sum("cases"),
      unacknowledged: sum("unacknowledged"),
      unacknowledged_since: earliest("unacknowledged_since"),
    };
  }

  // Level, districts, count, threshold crossed.
  function sentence(found, context) {
    const { level, rule_code: code, places } = found;
    const where = placed(found.regions, context);
    const n = cityops.format.number(places, 0);
    if (!code) return cityops.text("sit.counted", { where, n, level: cityops.text(`warning.${level}`) });
    const what = found[`name_${context.lang}`] || code;
    const declared = context.metrics[found.metric];
    const limit = typeof found.threshold === "number" && declared ? `${trimmed(found.threshold)} ${declared.unit}`.trim() : null;
    const whose = limit && found.limits_in ? cityops.text("sit.limits", { limits: cityops.text(`limits.${found.limits_in}`) }) : "";
    const said = cityops.text(`sit.${limit ? crossed(found, what) : "at"}`, { where, n, what: spaced(what), limit: `${limit}${whose}` });
    return found.drill ? cityops.text("mode.drill_of", { title: said }) : said;
  }

  function crossed({ direction }, what) {
    if (direction === "low") return "under";
    return /[超过高满]/.test(what) ? "reaches" : "over";
  }

  // Between Chinese and Latin letters there is a little room.
  function spaced(what) {
    return /^[A-Za-z0-9]/.test(what) && cityops.context.lang === "zh" ? ` ${what}` : what;
  }

  function trimmed(value) {
    return cityops.format.number(value, Number.isInteger(value) ? 0 : Math.abs(value * 10 - Math.round(value * 10)) < 1e-9 ? 1 : 2);
  }

  // One or two districts by their names, as people call them; of more, how many.
  function placed(codes, context) {
    const names = codes.slice(0, NAMED).map((code) => cityops.regions.shortName(code, context));
    const said = names.join(cityops.text("sit.and"));
    const all = cityops.format.number(codes.length, 0);
    return codes.length > NAMED ? cityops.text("sit.more", { names: said, n: all }) : said;
  }

  // Whether the worst place has said nothing for so long that how it is now is not known.
  function falls({ as_of: asOf, value }, { metric }) {
    const cadence = newest.metrics.find(({ code }) => code === metric)?.expected_interval_s;
    return value !== null && Boolean(asOf) && cityops.ages.freshness("fresh", asOf, cadence) === "silent";
  }

  // The worst place and value, which way it goes, for how long, who is there; what is not known is left out.
  function details(found, context) {
    const { worst } = found;
    const isSilent = worst && falls(worst, found);
    const parts = [
      worst && worst.value !== null && extreme(worst, found, context),
      isSilent && part("b", { key: "silent" }, aged(cityops.text("sit.silent", { span: AGE }), worst.as_of)),
      worst?.trend && !isSilent && cityops.text(`sit.trend.${worst.trend}`),
      worst?.since && aged(cityops.text(isSilent ? "sit.standing" : "span.for", { span: AGE }), worst.since),
      ...(found.unacknowledged ? [waiting(found)] : []),
      who(found, context),
    ].filter(Boolean);
    return joined(parts, cityops.text("sit.comma"));
  }

  function joined(parts, between) {
    return parts.map((one, place) => part("span", { key: place }, place ? between : null, one));
  }

  function extreme(worst, found, context) {
    const { metric, direction } = found;
    const declared = context.metrics[metric];
    const value = declared ? `${cityops.format.number(worst.value, declared.decimals)} ${declared.unit}`.trim() : trimmed(worst.value);
    const isLow = (direction || declared?.direction) === "low";
    const means = worst.alarm_id ? cityops.number.of(`place:alarm ${worst.alarm_id}`) : {};
    const strong = part("b", { key: "worst", ...means }, [deviceName(worst, found, context), value].filter(Boolean).join(" "));
    return part("span", { key: "extreme" }, cityops.text(isLow ? "sit.least" : "sit.most"), " ", strong);
  }

  // Devices have no English name: there it is the district, where the sentence names several.
  function deviceName({ name_zh: name, region_code: region }, { regions }, context) {
    if (context.lang === "zh" && name) return name;
    return region && regions.length > 1 ? cityops.regions.shortName(region, context) : "";
  }

  function waiting({ unacknowledged, unacknowledged_since: since }) {
    const said = cityops.text("sit.unacknowledged", { n: cityops.format.number(unacknowledged, 0) });
    return part("b", { key: "waits", ...(newest.situation ? cityops.number.of("count:situation.unacknowledged") : {}) }, said, since && [" ", part("span", { key: "age" }, cityops.ages.element(since, 0, "is-age is-span"))]);
  }

  // Whoever is farthest, and how many others; that there is a case; or that there is none.
  function who({ handling, cases }, context) {
    if (handling?.length) {
      const [first] = handling;
      const unit = cityops.events.unitName(first.unit, context);
      const step = cityops.events.step(first.status);
      const key = handling.length > 1 ? "sit.who_others" : "sit.who";
      return part("b", { key: "who" }, cityops.text(key, { unit, step, n: handling.length }));
    }
    if (cases === undefined) return null;
    return cases ? cityops.text("alarms.cases", { n: cityops.format.number(cases, 0) }) : part("b", { key: "who" }, cityops.text("sit.no_case"));
  }

  // What little there is, who knows of it, what is late, what is silent.
  function calm({ alarms, events, outages, sources }, { lang }) {
    const number = (n) => cityops.format.number(n, 0);
    const small = alarms.yellow + alarms.blue;
    const key = !small ? "none" : alarms.unacknowledged ? "waiting" : "known";
    const [out] = outages;
    const bad = sources.filter(({ freshness }) => freshness === "late" || freshness === "silent").length;
    const parts = [
      told("alarms.unacknowledged", cityops.text(`sit.calm.${key}`, { n: number(small), unseen: number(alarms.unacknowledged) })),
      told("events.counts.overdue", cityops.text(events.counts.overdue ? "sit.calm.overdue" : "sit.calm.in_time", { n: number(events.counts.overdue) })),
      out &&
        cityops.text("sit.calm.outage", {
          what: [out[`region_${lang}`], out[`name_${lang}`]].filter(Boolean).join(" "),
          silent: number(out.silent),
          devices: number(out.devices),
        }),
      bad && cityops.text("sit.calm.sources", { n: bad }),
    ].filter(Boolean);
    return joined(parts, cityops.text("sit.semicolon"));
  }

  // Words around a number that tell what it means; `path` is its place in the state.
  function told(path, words) {
    return part("span", cityops.number.of(`count:${path}`), words);
  }

  function block({ level, unacknowledged }) {
    const look = level > GRAVE && unacknowledged ? "sit-level is-new" : "sit-level";
    return part("div", { className: look, key: "level" }, cityops.text(`sit.level.${level}`));
  }

  function say(title, more, number) {
    return part(
      "div",
      { className: "sit-say", key: "say", ref: (box) => box && fit(box) },
      part("p", { className: "sit-sentence", key: "sentence", ...(number ? cityops.number.of(number) : {}) }, title),
      part("p", { className: "sit-more", key: "more", role: halted || warned ? "alert" : null }, warned ? part("b", null, warned) : more),
    );
  }

  // The greatest size at which the sentence and its second line stand whole; measured anew when one of them changes.
  function fit(box) {
    const seen = `${box.textContent.replace(/\d+/g, "0")}${box.clientWidth} ${box.parentElement.className}`;
    if (box.dataset.fitted === seen) return;
    box.dataset.fitted = seen;
    for (let step = 0; step < STEPS; step += 1) {
      box.dataset.step = step;
      const [first] = box.children;
      if (box.scrollHeight <= box.clientHeight && first.scrollWidth <= first.clientWidth) return;
    }
  }

  function fact(key, title, value, note) {
    return part("div", { className: `sit-fact sit-fact-${key}`, key }, div("sit-fact-name", title), div("sit-fact-value", value), div("sit-fact-note", note));
  }

  // `path` is the number's place in the state.
  function figure(path, n, unit) {
    return [digits(path, cityops.format.number(n, 0)), part("span", { className: "sit-fact-unit", key: "unit" }, unit)];
  }

  function digits(path, said) {
    return part("span", { key: path, ...cityops.number.of(`count:${path}`) }, part("span", { className: "figure", key: said }, said));
  }

  // Open alarms by level: none is seen too, without a colour.
  function counts(alarms) {
    return [4, 3, 2, 1].map((level) => {
      const n = alarms[NAMES[level]];
      const mark = cityops.outlines.mark(level, cityops.text(`warning.${level}`), n ? "" : "is-none");
      const digits = span("alarm-number", cityops.format.number(n, 0));
      const props = { className: `alarm-count ${n ? "" : "is-none"}`.trim(), key: level };
      return part("span", { ...props, ...cityops.number.of(`count:alarms.${NAMES[level]}`) }, mark, digits);
    });
  }

  function levels({ alarms }) {
    const total = Object.values(NAMES).reduce((sum, name) => sum + alarms[name], 0);
    const n = cityops.format.number(alarms.unacknowledged, 0);
    const unseen = part("b", { className: "alarm-unseen", key: "unseen", ...cityops.number.of("count:alarms.unacknowledged") }, cityops.text("alarms.unacknowledged", { n }));
    const note = alarms.unacknowledged ? unseen : cityops.text(total ? "fact.all_known" : "fact.none");
    return fact("levels", cityops.text("fact.alarms"), counts(alarms), note);
  }

  // Of this matter and of all; of all alone where nothing is the matter.
  function handled({ events: { counts: all } }, found) {
    const own = found && typeof found.cases === "number";
    const unit = cityops.text("unit.events");
    const open = part("span", { key: "all", ...cityops.number.of("count:events.counts.open") }, cityops.format.number(all.open, 0));
    const value = own ? figure("situation.cases", found.cases, ["/ ", open, ` ${unit}`]) : figure("events.counts.open", all.open, unit);
    const isOverOwn = own && typeof found.overdue === "number";
    const overdue = isOverOwn ? found.overdue : all.overdue;
    const over = cityops.number.of(`count:${isOverOwn ? "situation" : "events.counts"}.overdue`);
    return fact("cases", cityops.text(own ? "fact.matter" : "fact.cases"), value, [
      part("b", { className: overdue ? "due-red" : "due-none", key: "over", ...over }, cityops.text("events.overdue", { n: cityops.format.number(overdue, 0) })),
      " · ",
      part("span", { key: "near", ...cityops.number.of("count:events.counts.near_due") }, cityops.text("events.near_due", { n: cityops.format.number(all.near_due, 0) })),
    ]);
  }

  function devices({ devices: all }) {
    const share = cityops.format.number(all.expected ? (100 * all.fresh) / all.expected : null, 1);
    const said = [digits("devices.fresh", share), part("span", { className: "sit-fact-unit", key: "unit" }, "%")];
    const behind = `${cityops.format.number(all.fresh, 0)}/${cityops.format.number(all.expected, 0)}`;
    return fact("devices", cityops.text("fact.devices"), said, cityops.text("fact.of_devices", { behind }));
  }

  return { draw, halt, warn, gravest, sentence };
})();

cityops.panels.situation = { draw: (state) => cityops.situation.draw(state) };
