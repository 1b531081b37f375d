// Events: the four steps of the closed loop, and the newest cases.
"use strict";

cityops.events = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 7; // rows that there is no room for are left out whole, see events.css

  function list(state, context) {
    const { counts, newest, as_of: asOf } = state.events;
    render("events-today", [
      part("span", { key: "today" }, cityops.text("events.today", { n: cityops.format.number(counts.reported_today, 0) })),
      part("span", { key: "age" }, cityops.ages.element(asOf)),
    ]);
    render("event-strip", strip(counts));
    const rows = newest.slice(0, SHOWN).map((event) => row(event, context));
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

  function row(event, context) {
    return part(
      "div",
      { className: "event", key: event.id },
      span(`stage stage-${event.stage}`, cityops.text(`stage.${event.stage}`)),
      div(
        "event-words",
        part("div", { className: "event-title", title: event.title }, severity(event.severity), event.title),
        div("event-meta", meta(event, context)),
      ),
    );
  }

  function meta(event, context) {
    const time = cityops.format.clock(Date.parse(event.occurred_at), false);
    const place = cityops.regions.nameOf(event.region_code, context);
    return [time, place, context.classes[event.class_code], context.sources[event.source]].join(" · ");
  }

  function severity(level) {
    return level === "normal" ? null : span(`severity severity-${level}`, cityops.text(`severity.${level}`));
  }

  return { list };
})();

cityops.panels.events = { draw: (state, _, context) => cityops.events.list(state, context) };
