// Events: the four steps of the closed loop, how many are late, and the cases that press most: how far each is, who is
// on it, since when, and how long that may still take.
"use strict";

cityops.events = (() => {
  const { div, span, part, render } = cityops.bound;
  const AWAITED = ["reported", "accepted", "filed", "dispatched", "signed", "done"]; // a status in which somebody is waited for
  const AT_THE_DESK = ["reported", "accepted", "verifying", "filed"]; // of a case that is handled here
  const SHOWN = 7; // rows that there is no room for are left out whole, see events.css

  function list(state, context) {
    const { counts, pressing, as_of: asOf } = state.events;
    render("events-today", [
      part("span", { key: "today" }, cityops.text("events.today", { n: cityops.format.number(counts.reported_today, 0) })),
      part("span", { key: "age" }, cityops.ages.element(asOf)),
    ]);
    render("event-strip", strip(counts));
    render("event-late", [late("red", "overdue", counts.overdue), late("yellow", "near_due", counts.near_due)]);
    const rows = pressing.slice(0, SHOWN).map((event) => row(event, context));
    render("event-list", rows.length ? rows : div("nothing", cityops.text(state.detail ? "events.none" : context.hidden)));
  }

  function strip({ found, dispatched, handling, closed_today }) {
    return Object.entries({ found, dispatched, handling, closed_today }).map(([stage, count]) =>
      part(
        "div",
        { className: "step", key: stage },
        part("span", { className: "step-count", key: count }, cityops.format.number(count, 0)),
        span("step-name", cityops.text(`stage.${stage}`)),
      ),
    );
  }

  // None is seen too, without a colour.
  function late(lamp, key, n) {
    return part(
      "span",
      { className: `due due-${n ? lamp : "none"}`, key },
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
      div(
        "event-step",
        span(`stage stage-${event.stage}`, step(event.status)),
        cityops.ages.element(event.status_at, 0, "age is-short"),
      ),
      div(
        "event-words",
        part("div", { className: "event-title", title: event.title }, severity(event.severity), event.title),
        div("event-meta", due(event), meta(event, context)),
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

  // Whose it is, in one line; of a case that is nobody's yet, what it is and from whom.
  function meta(event, context) {
    const place = cityops.regions.nameOf(event.region_code, context);
    const kind = context.classes[event.class_code];
    if (event.master === "here" && AT_THE_DESK.includes(event.status)) {
      return [cityops.text("events.at_the_desk"), place, kind].join(" · ");
    }
    if (event.unit) return [unitName(event.unit, context), place].join(" · ");
    return [place, kind, context.sources[event.source]].join(" · ");
  }

  function unitName({ kind, code }, context) {
    const name = kind === "department" ? context.departments[code] : cityops.regions.nameOf(code, context);
    return cityops.text("events.unit", { unit: name || code });
  }

  function severity(level) {
    return level === "normal" ? null : span(`severity severity-${level}`, cityops.text(`severity.${level}`));
  }

  return { list };
})();

cityops.panels.events = { draw: (state, _, context) => cityops.events.list(state, context) };
