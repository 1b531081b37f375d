// Events: the four steps of the closed loop, and the newest cases.
"use strict";

cityops.events = (() => {
  const { div, span, part, render } = cityops.bound;
  const SHOWN = 10;

  function wall(state, context) {
    const { counts, newest, as_of: asOf } = state.events;
    render("events-today", [
      part("span", { key: "today" }, cityops.text("events.today", { n: cityops.format.number(counts.reported_today, 0) })),
      part("span", { key: "age" }, cityops.ages.element(asOf)),
    ]);
    render("event-strip", strip(counts));
    const rows = newest.slice(0, SHOWN).map((event) => row(event, context));
    render("event-list", rows.length ? rows : div("nothing", cityops.text("events.none")));
  }

  function strip({ found, dispatched, handling, closed_today: closed }) {
    return Object.entries({ found, dispatched, handling, closed }).map(([stage, count]) =>
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
      span("event-time", cityops.format.clock(Date.parse(event.occurred_at), false)),
      span("event-place", context.regions[event.region_code.slice(0, 6)]),
      span("event-title", severity(event.severity), event.title),
      span(`stage stage-${event.stage}`, stageName(event.stage)),
    );
  }

  function severity(level) {
    return level === "normal" ? null : span(`severity severity-${level}`, cityops.text(`severity.${level}`));
  }

  function stageName(stage) {
    return cityops.text(stage === "closed" ? "stage.short.closed" : `stage.${stage}`);
  }

  return { wall };
})();
