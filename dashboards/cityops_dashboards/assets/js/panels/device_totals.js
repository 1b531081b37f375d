// Devices by their state as one bar from the fresh to those that never spoke, what is out, and devices by system.
"use strict";

cityops.deviceTotals = (() => {
  const { part, render } = cityops.bound;
  const STATES = ["fresh", "late", "silent", "never"];

  function draw(state, context) {
    render("device_totals-age", cityops.ages.element(state.as_of, 60));
    const owning = state.sources.filter(({ devices }) => devices > 0).sort((a, b) => b.devices - a.devices);
    const most = Math.max(1, ...owning.map(({ devices }) => devices));
    render("device_totals", [
      part("div", { className: "state-counts", key: "counts" }, STATES.map((key) => count(key, state.devices))),
      part("div", { className: "state-bar", key: "bar" }, STATES.map((key) => share(key, state.devices))),
      ...state.outages.map((one) => outage(one, context)),
      ...owning.map((one) => system(one, most, context)),
    ]);
  }

  function count(key, devices) {
    return cityops.tallies.cell(key, cityops.tallies.figure(devices[key]), cityops.text(`devices.state.${key}`), { path: `devices.${key}` });
  }

  function share(key, devices) {
    return part("span", { className: `state-${key}`, key, style: { flexGrow: devices[key] } });
  }

  function outage(one, { lang }) {
    const name = [one[`region_${lang}`], one[`name_${lang}`]].filter(Boolean).join(" ");
    const note = [cityops.text("outage"), " · ", cityops.ages.element(one.since, 0, "age is-lasting")];
    const figure = `${cityops.tallies.figure(one.silent)}/${cityops.tallies.figure(one.devices)}`;
    return cityops.tallies.row(`out ${one.region_code} ${one.source} ${one.kind}`, name, figure, { note, props: { className: "tally-row is-out" } });
  }

  function system(one, most, { lang }) {
    const note = [one[`department_${lang}`], " · ", cityops.ages.element(one.last_received_at, one.expected_interval_s)];
    const props = { "data-judged": one.freshness };
    return cityops.tallies.row(one.code, one[`name_${lang}`], cityops.tallies.figure(one.devices), { note, share: one.devices / most, props });
  }

  return { draw };
})();

cityops.panels.device_totals = { draw: (state, _, context) => cityops.deviceTotals.draw(state, context) };
