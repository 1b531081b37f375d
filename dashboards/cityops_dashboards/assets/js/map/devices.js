// Devices of one kind on the map, or video channels, below all alarms: a dot for each where they are few, else squares of a
// fixed grid, whose size says how many and whose parts say how these are. Asked for every half minute while they are shown;
// key D hides and shows them, Shift and D goes on to the next kind; the address says which.
"use strict";

cityops.mapDevices = (() => {
  const { div, span, part, render } = cityops.bound;
  const ASKED = "devices"; // in the address
  const NONE = "none";
  const CHANNELS = "channel";
  const EVERY_MS = 30_000;
  const RETRY_MS = 5_000;
  const HIT_PX = 9; // of the canvas, around a dot
  const LEAST_PX = 2; // side of a square, so that one device alone is seen
  const FULL = 0.05; // of the cells
  const GAP_PX = 0.8; // between full squares
  const ALARMS = ["blue", "yellow", "orange", "red"];
  // How a state is drawn, from the ground up; a dot of two strokes is a ring.
  const DOTS = {
    fresh: [["is-solid", 4]],
    late: [["is-faint", 5]],
    silent: [["is-ring", 8], ["is-hole", 4.5]],
    never: [["is-ring is-square", 6.5], ["is-hole is-square", 3.5]],
    ...Object.fromEntries(ALARMS.map((level) => [level, [["is-hole", 11], [`is-${level}`, 7.5]]])),
  };
  const ORDER = ["fresh", "late", "never", "silent", ...ALARMS];
  const SPOKEN = [["alarm", ALARMS], ["silent", ["silent"]], ["never", ["never"]], ["late", ["late"]], ["fresh", ["fresh"]]];

  let told = null; // the newest answer
  let wanted = null; // kind and region that were asked for last
  let next = 0; // when they are asked for again
  let away = null; // what came in place of an answer
  let before = null; // the kind that key D hid
  const shown = new WeakMap(); // by place: what the control was drawn from
  let drawn = new WeakMap(); // by ground: paths and where dots are, reckoned once for each answer

  function offered({ kinds }) {
    return [...Object.keys(kinds), CHANNELS];
  }

  function chosen(context) {
    const asked = new URL(window.location.href).searchParams.get(ASKED) || context.devices;
    return context.may.devices && offered(context).includes(asked) ? asked : null;
  }

  function choose(kind) {
    const address = new URL(window.location.href);
    address.searchParams.set(ASKED, kind || NONE);
    window.history.replaceState(window.history.state, "", address);
    cityops.map.redraw();
  }

  function toggle(context) {
    const kind = chosen(context);
    before = kind || before || context.devices || offered(context)[0];
    choose(kind ? null : before);
  }

  function turn(context) {
    const all = offered(context);
    choose(all[(all.indexOf(chosen(context)) + 1) % all.length]);
  }

  // Of now alone: while the wall shows a moment that has gone, nothing is asked for, and nothing drawn.
  function follow(state, context) {
    const kind = state.replay ? null : chosen(context);
    const name = kind && `kind=${kind}&region=${state.region.code}`;
    if (name !== wanted) {
      [wanted, next, away] = [name, 0, null];
      if (told && told.name !== name) told = null;
    }
    if (kind && performance.now() >= next) ask(name);
    put(kind, state, context);
  }

  // Drawn anew only where it says something else: states come each second, and its age goes on by itself.
  function put(kind, state, context) {
    const place = document.getElementById("map-devices");
    const said = [kind, told, away, Boolean(state.replay), context];
    if (!place || shown.get(place)?.every((one, n) => one === said[n])) return;
    shown.set(place, said);
    render("map-devices", context.may.devices ? control(kind, state, context) : null);
  }

  function ask(name) {
    next = performance.now() + EVERY_MS;
    fetch(`/relay/map/points?${name}`)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((answer) => take(name, answer))
      .catch((why) => fail(name, why));
  }

  function take(name, answer) {
    if (name !== wanted) return;
    [told, away, drawn] = [{ ...answer, name }, null, new WeakMap()];
    cityops.map.redraw();
  }

  function fail(name, why) {
    if (name !== wanted) return;
    [next, away] = [performance.now() + RETRY_MS, typeof why === "number" ? why : 0];
    cityops.map.redraw();
  }

  // The choice, how many there are and as of when, and how many of them are how.
  function control(kind, state, context) {
    const options = offered(context).map((one) => part("option", { value: one, key: one }, nameOf(one, context)));
    const select = part(
      "select",
      { className: "chip", key: "choice", value: kind || NONE, title: cityops.text("map.devices.key"), "aria-label": cityops.text("map.devices.key"), onChange: (event) => choose(event.target.value === NONE ? null : event.target.value) },
      part("option", { value: NONE }, cityops.text(state.replay ? "map.devices.past" : "map.devices.none")),
      ...options,
    );
    return div("map-devices-head", select, kind && summary(), kind && told && div("map-devices-states", ...states(kind)));
  }

  function nameOf(kind, { kinds }) {
    return kind === CHANNELS ? cityops.text("map.devices.channel") : kinds[kind];
  }

  function summary() {
    if (away !== null) return span("map-devices-sum is-away", cityops.text(away === 403 ? "map.devices.refused" : "map.devices.away"), told && [" ", cityops.ages.element(told.as_of, 0)]);
    if (!told) return span("map-devices-sum", "…");
    const total = cityops.text("map.devices.total", { n: cityops.format.number(told.total, 0) });
    return span("map-devices-sum", total, " · ", cityops.ages.element(told.as_of, 0));
  }

  function states(kind) {
    const sums = counted(told);
    const rows = SPOKEN.map(([name, of]) => [name, of.reduce((sum, one) => sum + (sums[one] || 0), 0)]).filter(([name, n]) => n || name === "fresh");
    const full = told.cells && span("map-devices-full", cityops.text("map.devices.full", { n: cityops.format.number(fullFrom(told), 0) }));
    return [...rows.map(([name, n]) => span("map-devices-state", glyph(name), `${cityops.text(wordOf(kind, name))} ${cityops.format.number(n, 0)}`)), full];
  }

  function wordOf(kind, name) {
    return kind === CHANNELS && name !== "alarm" ? `map.channels.${name}` : `map.devices.${name}`;
  }

  function counted({ states: names, points, cells }) {
    const sums = {};
    const { state, n } = points || cells;
    state.forEach((one, place) => (sums[names[one]] = (sums[names[one]] || 0) + (n ? n[place] : 1)));
    return sums;
  }

  function glyph(name) {
    const look = name === "alarm" ? "red" : name;
    return part("svg", { className: "map-devices-glyph", width: 14, height: 14, "aria-hidden": true }, ...dots(look, "M7 7h0"));
  }

  function dots(state, d) {
    return DOTS[state].map(([look, width]) => part("path", { key: `${state} ${look}`, className: `device-dots ${look}`, strokeWidth: width, d }));
  }

  // The layer of a map: few paths, the same ones until an answer or the ground is another.
  function layer(ground) {
    if (!told || !wanted || !ground.fit) return null;
    if (!drawn.has(ground)) drawn.set(ground, told.points ? singly(ground) : { paths: squares(ground), spots: [] });
    return drawn.get(ground).paths;
  }

  function singly(ground) {
    const { lon, lat, state } = told.points;
    const found = Object.fromEntries(told.states.map((name) => [name, []]));
    const spots = lon.map((one, place) => ground.fit.place(one, lat[place]));
    spots.forEach(([x, y], place) => found[told.states[state[place]]].push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`));
    return { paths: ORDER.flatMap((name) => (found[name]?.length ? dots(name, found[name].join("")) : [])), spots };
  }

  // A square in the middle of each cell, the larger the more there are; its parts from the left what is in alarm, what speaks, and,
  // hollow, what does not.
  function squares(ground) {
    const { cell_deg: deg } = told.cells;
    const cells = gathered(told);
    const full = fullFrom(told);
    const found = { whole: [], spoken: [], ...Object.fromEntries(ALARMS.map((level) => [level, []])) };
    for (const { column, row, sums, n } of cells) {
      const [left, low] = ground.fit.place(column * deg, row * deg);
      const [right, high] = ground.fit.place((column + 1) * deg, (row + 1) * deg);
      const room = Math.min(Math.abs(right - left), Math.abs(low - high)) - GAP_PX;
      const side = Math.max(LEAST_PX, room * Math.sqrt(Math.min(1, n / full)));
      const box = { x: (left + right - side) / 2, y: (low + high - side) / 2, side };
      found.whole.push(rect(box, 0, 1));
      const begun = ALARMS.reduceRight((share, level) => bar(found[level], box, share, (sums[level] || 0) / n), 0);
      bar(found.spoken, box, begun, ((sums.fresh || 0) + (sums.late || 0)) / n);
    }
    return Object.entries(found).flatMap(([name, all]) => (all.length ? [part("path", { key: name, className: `device-cells is-${name}`, d: all.join("") })] : []));
  }

  function bar(into, box, begin, share) {
    if (share) into.push(rect(box, begin, share));
    return begin + share;
  }

  function rect({ x, y, side }, begin, share) {
    const width = (side * share).toFixed(1);
    return `M${(x + side * begin).toFixed(1)} ${y.toFixed(1)}h${width}v${side.toFixed(1)}h-${width}z`;
  }

  function gathered({ states: names, cells: { column, row, state, n } }) {
    const found = new Map();
    column.forEach((one, place) => {
      const key = `${one} ${row[place]}`;
      const cell = found.get(key) || { column: one, row: row[place], sums: {}, n: 0 };
      cell.sums[names[state[place]]] = n[place];
      cell.n += n[place];
      found.set(key, cell);
    });
    return [...found.values()];
  }

  // So many fill a square: one in twenty cells has as many or more, or one crowded spot would make dots of all others.
  function fullFrom(answer) {
    const counts = () => gathered(answer).map(({ n }) => n).sort((one, other) => other - one);
    answer.full ||= ((all) => all[Math.floor(all.length * FULL)])(counts());
    return answer.full;
  }

  // The code of the device whose dot is nearest to a place of the map, if one is that near.
  function at(ground, x, y) {
    if (!told?.points || !wanted || !drawn.has(ground)) return null;
    let best = { away: HIT_PX, place: -1 };
    drawn.get(ground).spots.forEach(([left, top], place) => {
      const away = Math.hypot(left - x, top - y);
      if (away < best.away) best = { away, place };
    });
    return told.points.code[best.place] || null;
  }

  document.addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (event.key.toLowerCase() !== "d" || isOther || event.target.closest("input, select, textarea")) return;
    if (!document.getElementById("map-devices") || !cityops.context.may.devices) return;
    if (event.shiftKey) turn(cityops.context);
    else toggle(cityops.context);
  });

  return { chosen, follow, layer, at };
})();
