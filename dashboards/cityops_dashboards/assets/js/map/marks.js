// What happens where: open alarms and urgent cases as marks, the worst of them with a callout that says who is there.
"use strict";

cityops.marks = (() => {
  const { part } = cityops.bound;
  const SIZES = { 4: 20, 3: 20, 2: 14, 1: 11 };
  const CASE = 16;
  const FLAG = "M5 23 V2 H21 L16 8.500 L21 15 H5";
  const TITLE = 22; // px, as the style sheet has them
  const FIGURE = 28;
  const UNIT = 18;
  const PADDING = 14;
  const LEAST = 220;
  const HEIGHT = 70;
  const ROUND = 20; // a callout grows by steps, so that a digit more moves nothing
  const SAID = 6; // of those that stand together, in words under the pointer
  const MOVED = 8; // px off its place from which a line says where that is

  const RANKS = { 4: 6, 3: 4, overdue: 5, critical: 3.5, urgent: 3, 2: 2, 1: 1 };
  const GRAVE = RANKS.urgent; // from here on there may be a callout

  // Gravest first: red alarms, urgent cases that are overdue, orange alarms, what else is urgent, then what is only
  // watched. A case that is on one of the alarms is told with it.
  function places(state) {
    const alarms = (state.alarms.places || []).map((one) => ({ ...one, key: `alarm ${one.id}`, look: `level-${one.level}`, size: SIZES[one.level], rank: RANKS[one.level] }));
    const numbers = new Set(alarms.map(({ case_number: number }) => number).filter(Boolean));
    const cases = (state.events.places || [])
      .filter(({ number }) => !numbers.has(number))
      .map((one) => ({ ...one, level: 0, key: `case ${one.id}`, look: one.overdue ? "case is-overdue" : "case", size: CASE, rank: RANKS[one.overdue ? "overdue" : one.severity] || GRAVE }));
    return [...alarms, ...cases].map((one) => ({ ...one, isGrave: one.rank >= GRAVE })).sort((one, other) => other.rank - one.rank);
  }

  // The words of a callout: place, figure, who is there or what is missing.
  function words(place, context, most) {
    const { figure, unit } = figureOf(place, context);
    const aside = figure ? cityops.placing.wide(figure, FIGURE) + cityops.placing.wide(` ${unit}`, UNIT) + PADDING : 0;
    const title = names(place, context).find((one, n, all) => n === all.length - 1 || fits(one, most - aside));
    const played = place.drill ? `${cityops.text("mode.drill")} ·` : "";
    const under = [played, who(place, context), ARROWS[place.trend]].filter(Boolean).join(" ");
    const width = Math.max(LEAST, cityops.placing.wide(title, TITLE) + aside, cityops.placing.wide(under, TITLE)) + 2 * PADDING;
    return { title, figure, unit, under, width: Math.min(most, Math.ceil(width / ROUND) * ROUND) };
  }

  // Of an alarm its value, of a case how urgent it is.
  function figureOf(place, context) {
    if (!place.level) return { figure: place.severity ? cityops.text(`severity.${place.severity}`) : "", unit: "" };
    const declared = context.metrics[place.metric];
    const figure = declared && place.value != null ? cityops.format.number(place.value, declared.decimals) : "";
    return { figure, unit: figure ? declared.unit : "" };
  }

  const ARROWS = { rising: "↑", falling: "↓", steady: "→" };

  function fits(words, most) {
    return cityops.placing.wide(words, TITLE) + 2 * PADDING <= most;
  }

  // From the longest to the shortest; words are left out, never letters. Devices and cases have no English names.
  function names(place, context) {
    const district = cityops.regions.nameOf(place.region_code, context);
    const street = cityops.ground.streetName(place.region_code);
    if (context.lang !== "zh") return [`${district} ${place.device_code || place.number || ""}`.trim(), district];
    return [place.name_zh || place.title, street, district].filter(Boolean);
  }

  function who(place, context) {
    if (place.level && !place.acknowledged) return cityops.text("map.unseen", { span: since(place) });
    if (place.overdue) return cityops.text("map.overdue", { unit: unitOf(place, context) });
    if (place.unit) return [unitOf(place, context), place.status && cityops.text(`status.${place.status}`)].filter(Boolean).join(" ");
    return place.case_number || place.number ? cityops.text("map.unassigned") : cityops.text("map.no_case");
  }

  function unitOf({ unit }, context) {
    if (!unit) return cityops.text("map.nobody");
    return unit.kind === "department" ? context.departments[unit.code] || unit.code : cityops.regions.nameOf(unit.code, context);
  }

  function since(place) {
    return cityops.format.span((cityops.ages.now() - Date.parse(place.since)) / 1000);
  }

  // One mark: shape by level, dashed frame while nobody has acknowledged, the count of those that stand here together.
  // A click, or Enter, tells of all of them; of one with a callout that takes the keys.
  function mark({ size, look, isCalled, at: [x, y], x: trueX, y: trueY }, members, context) {
    const [first] = members;
    const isUnseen = members.some(({ level, acknowledged }) => level > 0 && acknowledged === false);
    const half = size / 2;
    const frame = { x: -half - 3, y: -half - 3, width: size + 6, height: size + 6, rx: 3 };
    const isMoved = Math.hypot(x - trueX, y - trueY) > MOVED;
    return part(
      "g",
      { key: first.key, className: `map-mark ${look}`, "data-count": members.length, "data-key": first.key, ...telling(members, isCalled), "aria-label": said(members, context) },
      part("title", null, said(members, context)),
      isMoved ? part("path", { className: "mark-tether", d: cityops.lens.path([[trueX, trueY], [x, y]]) }) : null,
      part(
        "g",
        { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
        isUnseen ? part("rect", { className: "mark-frame", ...frame }) : null,
        part("path", { d: shape(first), transform: `translate(${-half} ${-half}) scale(${(size / 24).toFixed(4)})`, className: "mark-shape" }),
        members.length > 1 ? part("text", { className: "mark-count", x: half + 4, y: 6.5 }, members.length) : null,
      ),
    );
  }

  function telling(members, isBeside) {
    return { ...cityops.number.of(`place:${members.map(({ key }) => key).join(",")}`), ...(isBeside ? { tabIndex: -1 } : {}) };
  }

  function shape({ level }) {
    return level ? cityops.outlines.SHAPES[level] : FLAG;
  }

  function said(members, context) {
    return members.slice(0, SAID).map((one) => sentence(one, context)).join("\n");
  }

  function sentence(one, context) {
    if (!one.level) return [one.drill ? cityops.text("mode.drill") : "", one.number, context.lang === "zh" ? one.title : "", cityops.regions.nameOf(one.region_code, context)].filter(Boolean).join(" · ");
    const { title, figure, unit, under } = words(one, context, Infinity);
    return [cityops.text(`warning.${one.level}`), title, `${figure} ${unit}`.trim(), under].filter(Boolean).join(" · ");
  }

  function leader({ leader: line, edge }, { key, look }) {
    return part("path", { key, className: `callout-leader ${look}`, d: cityops.lens.path([...line, edge]) });
  }

  function callout({ rect }, place, members, context) {
    const { title, figure, unit, under } = words(place, context, rect.width);
    const right = rect.x + rect.width - PADDING + 2;
    return part(
      "g",
      { key: `callout ${place.key}`, className: `callout ${place.look}`, "data-key": place.key, ...telling(members), "aria-label": sentence(place, context) },
      part("rect", { ...rect, rx: 5, className: "callout-box" }),
      part("text", { x: rect.x + PADDING, y: rect.y + 30, className: "callout-title" }, title),
      part("text", { x: right, y: rect.y + 31, className: "callout-figure" }, figure, part("tspan", { className: "callout-unit" }, ` ${unit}`)),
      part("text", { x: rect.x + PADDING, y: rect.y + 58, className: "callout-under" }, under),
    );
  }

  return { HEIGHT, places, words, mark, leader, callout, sentence };
})();
