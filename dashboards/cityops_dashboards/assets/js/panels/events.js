// Events: the four steps of the closed loop, how many are late, and the cases that press most: how far each is, who is
// on it, since when, and how long that may still take.
"use strict";

cityops.events = (() => {
  const { div, span, part, render } = cityops.bound;
  const AWAITED = ["reported", "accepted", "filed", "dispatched", "signed", "done"]; // a status in which somebody is waited for
  const STAGES = ["found", "dispatched", "handling", "checking", "closed_today"];
  const AT_THE_DESK = ["reported", "accepted", "verifying", "filed"]; // of a case that is handled here
  const SHOWN = 12; // rows that there is no room for are left out whole, see events.css

  function list(state, context) {
    const { pressing, as_of: asOf } = state.events;
    const own = cityops.matter.cases(state, context);
    const counts = own ? own.counts : state.events.counts;
    const path = own ? "own" : "count"; // what is told of a number when it is asked
    render("events-today", [
      part("span", { key: "counts" }, own ? beside(own, state.events.counts) : ofAll(counts)),
      part("span", { key: "age" }, cityops.ages.element(asOf)),
    ]);
    render("event-strip", strip(counts, path));
    render("event-late", [late("red", "overdue", counts.overdue, path), late("yellow", "near_due", counts.near_due || 0, path)]);
    const rows = pressing.filter((one) => !own || own.fits(one)).slice(0, SHOWN).map((event) => row(event, context));
    render("event-list", rows.length ? rows : div("nothing", nothing(state, context, own)));
  }

  // Of a scene's own matter: how many there are, and how many others.
  function beside(own, all) {
    const number = (n) => cityops.format.number(n, 0);
    return cityops.text("events.open_others", { open: number(own.counts.open), n: number(all.open - own.counts.open) });
  }

  // How many there are, and how many came today.
  function ofAll(counts) {
    const number = (n) => cityops.format.number(n, 0);
    return [
      part("span", { key: "open", ...cityops.number.of("count:events.counts.open") }, cityops.text("events.open", { n: number(counts.open) })),
      " · ",
      part("span", { key: "today", ...cityops.number.of("count:events.counts.reported_today") }, cityops.text("events.today", { n: number(counts.reported_today) })),
    ];
  }

  // Where cases are open and none is told, none presses.
  function nothing({ detail }, context, own) {
    return cityops.text(!detail ? context.hidden : own ? "events.none_of_matter" : "events.none");
  }

  // What is overdue stands below its own stage, where that is told; what is closed is done with.
  function strip(counts, path) {
    return STAGES.filter((stage) => typeof counts[stage] === "number").map((stage) =>
      part(
        "div",
        { className: `step step-${stage}`, key: stage },
        span("step-name", cityops.text(`stage.${stage}`)),
        part("span", { className: "step-count", key: "count", ...cityops.number.of(`${path}:events.counts.${stage}`) }, figure(counts[stage])),
        counts[`${stage}_overdue`] > 0 &&
          span("step-late due-red", cityops.text("events.overdue", { n: cityops.format.number(counts[`${stage}_overdue`], 0) })),
      ),
    );
  }

  function figure(n) {
    return part("span", { className: "figure", key: n }, cityops.format.number(n, 0));
  }

  // None is seen too, without a colour.
  function late(lamp, key, n, path) {
    return part(
      "span",
      { className: `due due-${n ? lamp : "none"}`, key, ...cityops.number.of(`${path}:events.counts.${key}`) },
      flag(lamp),
      part("span", { key: "words" }, cityops.text(`events.${key}`, { n: cityops.format.number(n, 0) })),
    );
  }

  // Filled when the time is over, an outline when it is near that: seen without colours too.
  function flag(lamp) {
    return part(
      "svg",
      { className: "flag", viewBox: "0 0 14 16", "aria-hidden": true, key: "flag" },
      part("path", { d: "M2 0V16", stroke: "currentColor", strokeWidth: 2 }),
      part("path", {
        d: "M3 1H13L10 5 13 9H3Z",
        fill: lamp === "red" ? "currentColor" : "none",
        stroke: "currentColor",
        strokeWidth: 1.5,
      }),
    );
  }

  function row(event, context) {
    return part(
      "div",
      { className: "event", key: event.id },
      div("event-due", due(event) || [span("event-since", cityops.text("events.since")), cityops.ages.element(event.status_at, 0, "age is-short")]),
      div(
        "event-words",
        part("div", { className: "event-title", title: event.title }, cityops.modes.mark(event), severity(event.severity), event.title),
        div("event-meta", meta(event, context), " · ", part("span", { className: `stage stage-${event.stage}`, key: "stage" }, step(event.status))),
      ),
    );
  }

  // What comes next where that is waited for, so that each act at the desk and in the field is seen here.
  function step(status) {
    return cityops.text(AWAITED.includes(status) ? `awaited.${status}` : `status.${status}`);
  }

  // How long there is; nothing where that is not pressing.
  function due({ lamp, due_at: at }) {
    if (lamp !== "red" && lamp !== "yellow") return null;
    return part("span", { className: `due due-${lamp}`, key: "due" }, flag(lamp), cityops.ages.due(at));
  }

  // Whose it is, in one line; of a case that is nobody's yet, what it is.
  function meta(event, context) {
    const place = cityops.regions.shortName(event.region_code, context);
    const kind = context.classes[event.class_code];
    if (event.master === "here" && AT_THE_DESK.includes(event.status)) {
      return [cityops.text("events.at_the_desk"), place, kind].join(" · ");
    }
    if (event.unit) return [...new Set([nameOf(event.unit, context), place])].join(" · ");
    return [place, kind].join(" · ");
  }

  function nameOf({ kind, code }, context) {
    return (kind === "department" ? context.departments[code] : cityops.regions.shortName(code, context)) || code;
  }

  function severity(level) {
    return level === "normal" ? null : span(`severity severity-${level}`, cityops.text(`severity.${level}`));
  }

  return { list, step, unitName: nameOf };
})();

cityops.panels.events = { draw: (state, _, context) => cityops.events.list(state, context) };
