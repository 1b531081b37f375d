// Curves of the last day as SVG: scale, usual band, thresholds named at the right, extreme, last point, hatch where nothing
// came. One grammar for a large curve and for a small one beside a figure.
"use strict";

cityops.curves = (() => {
  const { part, span } = cityops.bound;
  const APART_PX = 21; // of two names of thresholds
  const LINE_PX = 18; // of a figure at the axis
  const TICKS = 3;
  const FAR = 3; // times its greatest value: a threshold beyond that would press the curve flat
  const HOUR_MS = 3_600_000;

  function known(values) {
    return values.filter((value) => value !== null && value !== undefined);
  }

  // With the thresholds that judge here now: a mode's while one of its matter holds, else its own.
  function inForce({ limits: moved }, declared) {
    return moved ? { ...declared, thresholds: moved.thresholds } : declared;
  }

  // The thresholds that were reached, and the one that comes next unless it is far off.
  function limits({ thresholds, direction }, values) {
    const used = thresholds.map((value, place) => ({ value, level: place + 1 })).filter(({ value }) => value !== null);
    const found = known(values);
    if (!found.length) return [];
    const isLow = direction === "low";
    const worst = isLow ? Math.min(...found) : Math.max(...found);
    const reached = ({ value }) => (isLow ? value >= worst : value <= worst);
    const next = used.find((one) => !reached(one));
    const isNear = next && (isLow || worst <= 0 || next.value <= FAR * worst);
    return [...used.filter(reached), ...(isNear ? [next] : [])];
  }

  // From zero but for levels; its ends go in steps, so that an axis stays put while values wander.
  function scale(values, declared) {
    const found = known(values);
    if (!found.length) return [0, 1];
    const [low, high] = [Math.min(...found), Math.max(...found)];
    const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 0.5;
    const fromZero = low >= 0 && (!declared.span || declared.span[0] === 0);
    const step = 10 ** Math.floor(Math.log10((fromZero ? high : high - low) + 2 * room)) / 4;
    return [fromZero ? 0 : Math.floor((low - room) / step) * step, Math.ceil((high + room) / step) * step];
  }

  // Two or three round values.
  function ticks([low, high]) {
    const rough = (high - low) / TICKS;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((one) => one * power >= rough * 0.999);
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    return { step, values: Array.from({ length: count }, (_, place) => (first + place) * step) };
  }

  // Runs of steps with a value, as [first, last]; the last step is still running, so that it may well be empty.
  function runs(values) {
    const found = [];
    values.forEach((value, place) => {
      if (value === null || value === undefined) return;
      const last = found.at(-1);
      if (last && last[1] === place - 1) last[1] = place;
      else found.push([place, place]);
    });
    return found;
  }

  // What lies between them, before the first and after the last.
  function gaps(values) {
    const found = runs(values);
    const last = values.length - 1;
    if (!found.length) return last > 0 ? [[0, last]] : [];
    const between = found.slice(1).map(([from], place) => [found[place][1], from]);
    const before = found[0][0] > 0 ? [[0, found[0][0]]] : [];
    return [...before, ...between, ...(found.at(-1)[1] < last - 1 ? [[found.at(-1)[1], last]] : [])];
  }

  // Heights of names from the top down, none nearer to the next than it may be, and none below the foot.
  function pushed(heights, foot) {
    const placed = [];
    for (const height of heights) placed.push(Math.max(height, (placed.at(-1) ?? -Infinity) + APART_PX));
    const over = Math.max(0, (placed.at(-1) ?? foot) - foot);
    return placed.map((height) => height - over);
  }

  function frame(trend, range, { width, height, pad }) {
    const [left, right, top, bottom] = pad;
    const steps = Math.max(1, trend.values.length - 1);
    return {
      left,
      right: width - right,
      top,
      foot: height - bottom,
      x: (place) => left + (place / steps) * (width - left - right),
      y: (value) => top + ((range[1] - value) / (range[1] - range[0])) * (height - top - bottom),
    };
  }

  function line(values, [from, to], { x, y }) {
    return values.slice(from, to + 1).map((value, place) => `${x(from + place).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  }

  function band(metric, { x, y }) {
    const { low, high } = metric.band || { low: [], high: [] };
    return runs(low.map((value, place) => (high[place] === null ? null : value))).map(([from, to]) => {
      const up = line(high, [from, to], { x, y });
      const down = line(low, [from, to], { x, y }).split(" ").reverse().join(" ");
      return part("polygon", { className: "curve-band", points: `${up} ${down}`, key: `band ${from}` });
    });
  }

  function strokes(values, at) {
    return runs(values).map(([from, to]) =>
      from === to
        ? part("circle", { className: "curve-alone", cx: at.x(from), cy: at.y(values[from]), r: 2, key: from })
        : part("polyline", { className: "curve-line", points: line(values, [from, to], at), key: from }),
    );
  }

  function hatch(values, at, id) {
    const lines = part("path", { d: "M0 0V9", className: "curve-hatch" });
    const size = { width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
    const rects = gaps(values).map(([from, to]) => {
      const box = { x: at.x(from), y: at.top, width: at.x(to) - at.x(from), height: at.foot - at.top };
      return part("rect", { className: "curve-gap", fill: `url(#${id})`, key: from, ...box });
    });
    return rects.length ? [part("defs", { key: "hatch" }, part("pattern", { id, ...size }, lines)), ...rects] : [];
  }

  function last(values, at, r) {
    const place = runs(values).at(-1)?.[1];
    if (place === undefined) return null;
    return part("circle", { className: "curve-last", cx: at.x(place), cy: at.y(values[place]), r, key: "last" });
  }

  function limitLines(found, at) {
    return found.map(({ value, level }) =>
      part("line", { className: `curve-limit level-${level}`, x1: at.left, x2: at.right, y1: at.y(value), y2: at.y(value), key: level }),
    );
  }

  function limitNames(found, at) {
    const shown = [...found].sort((a, b) => b.value - a.value);
    const heights = pushed(shown.map(({ value }) => at.y(value) + 6), at.foot + 6);
    return shown.map(({ value, level }, place) =>
      part(
        "text",
        { className: `curve-name level-${level}`, x: at.right + 8, y: heights[place], key: `name ${level}` },
        `${cityops.text(`map.mark.${level}`)} ${cityops.format.number(value, decimalsOf(value))}`,
      ),
    );
  }

  function decimalsOf(value) {
    return [0, 1, 2].find((digits) => Math.abs(value * 10 ** digits - Math.round(value * 10 ** digits)) < 1e-6) ?? 2;
  }

  function scaleLines(range, at) {
    const { step, values } = ticks(range);
    const digits = decimalsOf(step);
    const every = Math.ceil(LINE_PX / Math.abs(at.y(step) - at.y(0))); // a low chart has fewer
    return values.filter((_, place) => place % every === 0).map((value) =>
      part(
        "g",
        { key: `tick ${value}` },
        part("line", { className: "curve-tick", x1: at.left, x2: at.right, y1: at.y(value), y2: at.y(value) }),
        part("text", { className: "curve-axis", x: at.left - 8, y: at.y(value) + 6, textAnchor: "end" }, cityops.format.number(value, digits)),
      ),
    );
  }

  // Full hours of the city, every sixth of a day, more of a shorter time.
  function hours({ start, step_s: stepS, values }, at) {
    const [first, length] = [Date.parse(start), (values.length - 1) * stepS * 1000];
    const every = [1, 2, 6, 12].find((one) => length / (one * HOUR_MS) <= 5) * HOUR_MS;
    const offset = 8 * HOUR_MS; // the city's zone
    const found = [];
    for (let time = Math.ceil((first + offset) / every) * every - offset; time <= first + length; time += every) found.push(time);
    return found.map((time) => {
      const x = at.x((time - first) / (stepS * 1000));
      return part(
        "g",
        { key: `hour ${time}` },
        part("line", { className: "curve-tick", x1: x, x2: x, y1: at.foot, y2: at.foot + 5 }),
        part("text", { className: "curve-axis", x, y: at.foot + 23, textAnchor: "middle" }, cityops.format.clock(time, false)),
      );
    });
  }

  // The day's greatest value, or least where low is bad; nothing where that is now, or where all are the same.
  function extreme(values, declared, at) {
    const found = known(values);
    const value = declared.direction === "low" ? Math.min(...found) : Math.max(...found);
    const place = values.indexOf(value);
    const isNow = place >= values.length - 3;
    if (!found.length || isNow || Math.max(...found) === Math.min(...found)) return null;
    const said = `${cityops.text(`trend.${declared.direction === "low" ? "least" : "most"}`)} ${cityops.format.number(value, declared.decimals)}`;
    const x = Math.min(Math.max(at.x(place), at.left + 52), at.right - 52);
    return part("text", { className: "curve-extreme", x, y: Math.max(16, at.y(value) - 9), textAnchor: "middle", key: "most" }, said);
  }

  // A whole curve for `metric` with its axes; `hasHours` where its time axis is to be seen.
  function large(metric, declared, { width, height, hasHours, id }) {
    const { values } = metric.trend;
    const found = limits(inForce(metric, declared), values);
    const usual = metric.band ? [...metric.band.low, ...metric.band.high] : [];
    const range = scale([...values, ...usual, ...found.map(({ value }) => value)], declared);
    const at = frame(metric.trend, range, { width, height, pad: [52, found.length ? 78 : 12, 24, hasHours ? 28 : 8] });
    const said = `${declared.name} ${cityops.format.number(metric.value, declared.decimals)} ${declared.unit}`;
    return part(
      "svg",
      { className: "curve", width, height, role: "img", "aria-label": said },
      ...band(metric, at),
      ...scaleLines(range, at),
      ...limitLines(found, at),
      ...limitNames(found, at),
      ...(hasHours ? hours(metric.trend, at) : []),
      ...hatch(values, at, `hatch-${id}`),
      ...strokes(values, at),
      extreme(values, declared, at),
      last(values, at, 5),
    );
  }

  // A small one beside a figure: the next threshold alone.
  function small(metric, declared, [width, height] = [116, 44]) {
    const { values } = metric.trend;
    const found = limits(inForce(metric, declared), values).slice(-1);
    const range = scale([...values, ...found.map(({ value }) => value)], declared);
    const at = frame(metric.trend, range, { width, height, pad: [2, 8, 4, 4] });
    return part(
      "svg",
      { className: "curve is-small", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": true },
      ...band(metric, at),
      ...limitLines(found, at),
      ...hatch(values, at, `hatch-${metric.code}`),
      ...strokes(values, at),
      last(values, at, 4),
    );
  }

  // What a figure says of itself where it is not fresh: that nothing comes any more, never came, or nobody measures it.
  function lack({ expected, as_of: asOf, freshness }) {
    if (freshness !== "silent" && asOf) return null;
    if (!expected) return span("lack", cityops.text("map.no_device"));
    if (!asOf) return span("lack", cityops.text("figure.never"));
    return span("lack", cityops.text("figure.silent", { time: cityops.format.onset(Date.parse(asOf)) }));
  }

  return { inForce, limits, scale, ticks, gaps, pushed, large, small, lack };
})();
