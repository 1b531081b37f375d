// What waits for whoever is on duty: alarms that nobody has acknowledged, cases to be sent out, late ones, what is silent.
"use strict";

cityops.waiting = (() => {
  const { render } = cityops.bound;
  const PATHS = {
    unacknowledged: "alarms.unacknowledged",
    found: "events.counts.found",
    overdue: "events.counts.overdue",
    near_due: "events.counts.near_due",
    silent: "devices.silent",
  };

  function draw({ alarms, events, devices, sources }) {
    const late = sources.filter(({ freshness }) => freshness === "late" || freshness === "silent").length;
    const counts = {
      unacknowledged: alarms.unacknowledged,
      found: events.counts.found,
      overdue: events.counts.overdue,
      near_due: events.counts.near_due,
      silent: devices.silent,
      late,
    };
    render("waiting", Object.entries(counts).map(([key, n]) => awaited(key, n)));
  }

  // None is seen too, and needs nobody.
  function awaited(key, n) {
    return cityops.tallies.cell(key, cityops.tallies.figure(n), cityops.text(`waiting.${key}`), { look: n ? "" : "is-none", path: PATHS[key] });
  }

  return { draw };
})();

cityops.panels.waiting = { draw: cityops.waiting.draw };
