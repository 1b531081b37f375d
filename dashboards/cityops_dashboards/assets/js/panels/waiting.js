// What waits for whoever is on duty: alarms that nobody has acknowledged, cases to be sent out, late ones, what is silent;
// and who that is, by the roster of the mode in force, and when nobody is.
"use strict";

cityops.waiting = (() => {
  const { part, render } = cityops.bound;
  const PATHS = {
    unacknowledged: "alarms.unacknowledged",
    found: "events.counts.found",
    overdue: "events.counts.overdue",
    near_due: "events.counts.near_due",
    silent: "devices.silent",
  };

  const DAY_MS = 86_400_000;

  function draw({ alarms, events, devices, sources, roster }) {
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
    render("on-duty", roster ? watch(roster) : []);
  }

  // Who is on duty by the roster of the mode in force; what is not covered before all else.
  function watch({ kind, now, gaps }) {
    const names = now.map((one) => part("span", { className: "duty", key: `${one.role} ${one.order}` }, `${one.role} `, part("b", null, one.person), ` ${until(one)}`));
    return [part("div", { className: "duty-whose", key: "whose" }, cityops.text(`roster.kind.${kind}`)), ...gaps.map(gap), ...names];
  }

  function gap({ role, starts_at: from, ends_at: to }) {
    const isAll = Date.parse(to) - Date.parse(from) >= DAY_MS;
    const said = cityops.text(isAll ? "roster.gap_day" : "roster.gap", { role, from: time(from), to: time(to) });
    return part("span", { className: "duty-gap", key: `gap ${role} ${from}` }, said);
  }

  function until({ ends_at: at }) {
    return cityops.text("mode.until", { time: time(at) });
  }

  function time(at) {
    return cityops.format.clock(Date.parse(at), false);
  }

  // None is seen too, and needs nobody.
  function awaited(key, n) {
    return cityops.tallies.cell(key, cityops.tallies.figure(n), cityops.text(`waiting.${key}`), { look: n ? "" : "is-none", path: PATHS[key] });
  }

  return { draw };
})();

cityops.panels.waiting = { draw: cityops.waiting.draw };
