// Outlines and marks of the districts with open red and orange alarms, over the map, whatever metric its fills show.
"use strict";

cityops.outlines = (() => {
  const { part, render } = cityops.bound;
  const ORANGE = 3;
  const RED = 4;
  const WIDTH = { [ORANGE]: 3.5, [RED]: 5 }; // px inside a district's own edge, so that two neighbours show both
  const CASING = 2.5; // px of the ground on either side: state on a fill of the ramp would be too faint
  const SHAPES = {
    1: "M12 1 A11 11 0 1 1 11.9 1 Z",
    2: "M12 0 L24 12 L12 24 L0 12 Z",
    [ORANGE]: "M1 10 L12 1 L23 10 V23 H1 Z",
    [RED]: "M1 1 H23 V23 H1 Z",
  };

  // Orange before red, so that red lies on top where two meet.
  function alarmed(state) {
    return state.alarms.regions.filter((region) => region.worst >= ORANGE).sort((a, b) => a.worst - b.worst);
  }

  function draw(id, state, context) {
    const found = alarmed(state);
    for (const { code } of state.children) render(`map-mark-${code}`, null);
    for (const { code, worst } of found) {
      const said = cityops.text("map.alarmed", { level: cityops.text(`warning.${worst}`) });
      render(`map-mark-${code}`, mark(worst, said));
    }
    cityops.live.plotted(id, `${id} outlines`, (plot) => render(`${id}-outlines`, layer(plot, found, context)));
  }

  // A shape of its own for each level, with its character: seen without colours too.
  function mark(level, said, look = "") {
    return part(
      "svg",
      { className: `alarm-mark level-${level} ${look}`.trim(), viewBox: "0 0 24 24", role: "img", "aria-label": said },
      part("title", null, said),
      part("path", { d: SHAPES[level] }),
      part("text", { x: 12, y: 18 }, cityops.text(`map.mark.${level}`)),
    );
  }

  function layer(plot, found, context) {
    const byCode = Object.groupBy(plot.data, (trace) => trace.meta);
    const shapes = found.flatMap((region) => (byCode[region.code] || []).map((trace) => ({ ...region, trace })));
    const frames = Object.fromEntries(shapes.map(({ trace }) => [trace.xaxis || "x", frame(plot, trace)]));
    const clips = Object.entries(frames).map(([name, { box }]) =>
      part("clipPath", { id: `outline-frame-${name}`, key: name }, part("rect", box)),
    );
    const drawn = shapes.map(({ code, worst, trace }) => {
      const name = trace.xaxis || "x";
      return outline(`${code}-${name}`, path(trace, frames[name]), worst, `url(#outline-frame-${name})`, context);
    });
    const size = { width: plot.clientWidth, height: plot.clientHeight };
    return part("svg", { ...size, "aria-hidden": true }, part("defs", null, ...clips), ...drawn);
  }

  // Casing, casing within, colour: all but the first are cut at the district's own edge.
  function outline(name, d, level, frameClip, { outlined }) {
    const own = `outline-own-${name}`;
    const line = (width, stroke, inside) =>
      part("path", { d, fill: "none", stroke, strokeWidth: 2 * width, clipPath: inside && `url(#${own})` });
    return part(
      "g",
      { key: name, className: "outline", "data-level": level, "data-name": name, clipPath: frameClip },
      part("clipPath", { id: own }, part("path", { d })),
      line(CASING, outlined.casing),
      line(WIDTH[level] + CASING, outlined.casing, true),
      line(WIDTH[level], outlined.colours[level], true),
    );
  }

  // How a frame of the figure lies on the plot, in px from its top left.
  function frame(plot, trace) {
    const [x, y] = [axis(plot, trace.xaxis || "x"), axis(plot, trace.yaxis || "y")];
    const [left, right] = x.domain.map((share) => share * plot.clientWidth);
    const [bottom, top] = y.domain.map((share) => (1 - share) * plot.clientHeight);
    const along = ([low, high], from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);
    return {
      box: { x: left, y: top, width: right - left, height: bottom - top },
      placeX: along(x.range, left, right),
      placeY: along(y.range, bottom, top),
    };
  }

  function axis(plot, name) {
    return plot.layout[name.replace(/^([xy])/, "$1axis")];
  }

  // The parts of a shape stand in one line, apart by a gap.
  function path({ x, y }, { placeX, placeY }) {
    const points = x.map((lon, place) => (lon === null ? null : `${placeX(lon).toFixed(1)} ${placeY(y[place]).toFixed(1)}`));
    const parts = points.map((point) => point ?? "|").join("L").split("L|L");
    return parts.map((one) => `M${one}Z`).join("");
  }

  return { alarmed, mark, draw };
})();
