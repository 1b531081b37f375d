// The map of the city: districts by the chosen metric in a neutral ramp, over them what is wrong, whatever the fills show.
//
// It draws itself into any box: through a lens that enlarges the core, true to scale by key M, and true to scale too
// where a map of the core stands beside it. Layers, from the ground up: grid, fills, rivers, outlines, devices of a kind,
// main points, marks, labels, callouts.
"use strict";

cityops.map = (() => {
  const { span, div, part, render } = cityops.bound;
  const VIEW = "view"; // in the address
  const MARGIN = { top: 12, side: 10, foot: 38 };
  const BESIDE = 250; // px: the ranking's column
  const CHOICES = 150; // px: that of the choices
  const SMALL_MARGIN = { top: 88, side: 4, foot: 74 }; // on a phone the map stands between its legend and its source
  const SMALL = 480; // px: below this a phone
  const ROOMY = 620; // px: from here on callouts and ranking lie over the map
  const TYPE = { small: { name: 15, value: 17, badge: 20 }, usual: { name: 22, value: 28, badge: 32 }, large: { name: 28, value: 36, badge: 36 } };
  const CALLED = { lens: 3, plain: 3, core: 6 };
  const WIDEST = 0.42; // of the map: a callout
  const SHRUNK = 0.75; // marks on a phone
  const BAR_PX = 120;
  const LEAST = 3; // em: a label is as wide for one digit as for four, so that a new value moves nothing
  const ROUND = 12; // px by which a longer one grows
  const TIED = 14; // px off its district's middle
  const CLEAR = 6; // px around what lies over the map
  const sizes = new ResizeObserver(() => redraw());
  const watched = new WeakSet();
  const arranged = new WeakMap();
  const grounds = new WeakMap();

  let last = null;

  function draw(...given) {
    last = given;
    redraw();
  }

  function redraw() {
    if (!last) return;
    cityops.ground.ask(redraw);
    cityops.mapDevices.follow(last[0], last[2]);
    document.querySelectorAll("[data-over]").forEach(watch);
    for (const map of document.querySelectorAll("[data-map]")) {
      watch(map);
      if (map.clientWidth && map.clientHeight) picture(map, ...last);
    }
  }

  function watch(element) {
    if (watched.has(element)) return;
    watched.add(element);
    sizes.observe(element);
  }

  function isPlain() {
    return new URL(window.location.href).searchParams.get(VIEW) === "plain";
  }

  function core() {
    const found = document.querySelector("[data-map=core]");
    return found && found.clientWidth ? found : null;
  }

  function viewOf(map) {
    if (map.dataset.map === "core") return "core";
    return isPlain() || core() ? "plain" : "lens";
  }

  // The ground leaves free what stands around it; a city leaves enough in its corners, which others do not.
  function frameOf(map, view, kind) {
    const [width, height] = [map.clientWidth, map.clientHeight];
    if (view === "core") return { width, height, box: { x: 0, y: 0, width, height } };
    const { top, side, foot } = width < SMALL ? SMALL_MARGIN : MARGIN;
    const left = kind !== "children" && width >= ROOMY ? BESIDE : side;
    const right = kind === "tiles" && width >= ROOMY ? CHOICES : side;
    return { width, height, box: { x: left, y: top, width: width - left - right, height: height - top - foot } };
  }

  function picture(map, state, metric, context) {
    const view = viewOf(map);
    const kind = cityops.ground.subject(state)?.kind;
    const { width, height, box } = frameOf(map, view, kind);
    map.dataset.room = width < SMALL ? "small" : width < ROOMY ? "narrow" : "";
    if (!kind) return; // the shapes are still to come
    const ground = cityops.ground.of(state, view, width, height, box);
    grounds.set(map, ground);
    const type = width < SMALL ? "small" : view === "core" ? "large" : "usual";
    const seen = { id: map.id, view, width, height, ground, type, state, metric, context, regions: regionsOf(state, metric, ground) };
    render(`${map.id}-picture`, drawing(map, seen));
    render(`${map.id}-source`, source(seen));
  }

  // Of a district, whose streets have no shapes here, its own value.
  function regionsOf(state, metric, { kind }) {
    if (kind !== "one") return cityops.regions.of(state, metric);
    const own = state.metrics.find(({ code }) => code === metric);
    return [{ ...own, code: state.region.code }];
  }

  function drawing(map, seen) {
    const { id, view, width, height, ground, type, state, context } = seen;
    const places = cityops.marks.places(state).flatMap((one) => located(one, seen));
    const byKey = new Map(places.map((one) => [one.key, one]));
    const { marks, callouts, labels, points } = arrangement(map, seen, places);
    const current = (mark) => mark.members.map(({ key }) => byKey.get(key));
    const firstOf = (mark) => current(mark)[0];
    const called = new Set(callouts.map(({ mark }) => mark));
    const drawnMarks = (wanted) => marks.filter((mark) => called.has(mark) === wanted).map((mark) => cityops.marks.mark(mark, current(mark), context));
    const layer = (className, ...children) => part("g", { className, key: className }, ...children);
    return part(
      "svg",
      { className: `map-svg type-${type}`, width, height, "data-view": view, "data-kind": ground.kind },
      hatch(id),
      part("clipPath", { id: `${id}-clip` }, part("rect", { width, height })),
      part(
        "g",
        { clipPath: `url(#${id}-clip)` },
        layer("map-ground", part("path", { className: "map-grid", d: ground.grid }), ...ground.beyond.map((d, key) => part("path", { className: "map-beyond", d, key }))),
        layer("map-fills", ...fills(seen)),
        layer("map-rivers", ...ground.rivers.map((d, key) => part("path", { d, key }))),
        layer("map-outlines", ...cityops.outlines.layer(id, state, Object.fromEntries(ground.regions.map(({ code, d }) => [code, d])))),
        layer("map-dots", cityops.mapDevices.layer(ground)),
        part("rect", { className: "map-veil", width, height, style: { fill: `url(#${id}-hatch)` }, key: "veil" }),
      ),
      layer("map-points", ...points.map(cityops.mainPoints.drawn)),
      layer("map-marks", ...callouts.map((one) => cityops.marks.leader(one, firstOf(one.mark))), ...drawnMarks(false)),
      layer("map-labels", ...labels.map((one) => label(one, seen))),
      layer("map-callouts", ...callouts.map((one) => cityops.marks.callout(one, firstOf(one.mark), current(one.mark), context)), ...drawnMarks(true)),
      view === "plain" ? tie(map, ground) : null,
    );
  }

  function hatch(id) {
    return part(
      "pattern",
      { id: `${id}-hatch`, width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)", key: "hatch" },
      part("rect", { width: 9, height: 9, className: "hatch-ground" }),
      part("line", { y2: 9, className: "hatch-line" }),
    );
  }

  // Where a place is drawn, if it is seen; what the map of the core shows is not drawn twice.
  function located(one, { ground, width, height, view }) {
    const found = ground.locate(one);
    if (!found) return [];
    const [x, y] = found;
    const isOutside = x < 0 || y < 0 || x > width || y > height;
    const size = one.size * (width < SMALL ? SHRUNK : 1);
    return isOutside || (view === "plain" && inCore(ground, x, y)) ? [] : [{ ...one, x, y, size }];
  }

  function inCore(ground, x, y) {
    const frame = coreFrame(ground);
    return frame && x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
  }

  // What the map of the core shows, on the map of the city.
  function coreFrame(ground) {
    const beside = core();
    if (!beside || ground.kind !== "children") return null;
    const frame = frameOf(beside, "core");
    const shown = cityops.ground.of(last[0], "core", frame.width, frame.height, frame.box);
    const [x, y] = ground.fit.lay(shown.fit.back([0, 0]));
    const [right, bottom] = ground.fit.lay(shown.fit.back([frame.width, frame.height]));
    return { x, y, width: right - x, height: bottom - y };
  }

  // Two thin lines from the frame on the city's map to the map of the core, wherever that stands.
  function tie(map, ground) {
    const frame = coreFrame(ground);
    if (!frame) return null;
    const [own, other] = [map.getBoundingClientRect(), core().getBoundingClientRect()];
    const factor = map.clientWidth / own.width;
    const isBeside = other.left >= own.right - 1;
    const at = (x, y) => [(x - own.left) * factor, (y - own.top) * factor];
    const ends = isBeside ? [at(other.left, other.top), at(other.left, other.bottom)] : [at(other.left, other.top), at(other.right, other.top)];
    const right = frame.x + frame.width;
    const low = frame.y + frame.height;
    const begins = isBeside ? [[right, frame.y], [right, low]] : [[frame.x, low], [right, low]];
    return part(
      "g",
      { className: "map-tie", key: "tie" },
      part("rect", frame),
      ...begins.map((begin, key) => part("path", { d: cityops.lens.path([begin, ends[key]]), key })),
    );
  }

  // Reckoned again only where something stands elsewhere, has come or gone.
  function arrangement(map, seen, places) {
    const { ground, width, height, view, context } = seen;
    const most = Math.floor(width * WIDEST);
    const grave = places.filter(({ isGrave }) => isGrave).slice(0, CALLED[view]);
    const widths = grave.map((one) => cityops.marks.words(one, context, most).width);
    const called = { most: width < ROOMY || ground.kind === "tiles" ? 0 : CALLED[view], isNear: view === "core" || ground.kind === "one", size: { width: Math.max(0, ...widths), height: cityops.marks.HEIGHT } };
    const asked = {
      box: { x: 0, y: 0, width, height },
      fixed: covered(map),
      called,
      places: places.map(({ key, level, isGrave, look, size, x, y }) => ({ key, level, isGrave, look, size, x, y })),
      labels: labelled(seen),
      points: width < SMALL ? [] : cityops.mainPoints.asked(seen, places).filter(({ x, y }) => !(view === "plain" && inCore(ground, x, y))),
    };
    const key = JSON.stringify([view, ground.kind, asked], (name, value) => (name === "spots" ? value.length : value));
    if (arranged.get(map)?.key !== key) arranged.set(map, { key, found: cityops.placing.arrange({ ...asked, profile: ground.profile }) });
    return arranged.get(map).found;
  }

  // What of the page lies over the map, in its own px: the canvas is scaled as a whole.
  function covered(map) {
    const own = map.getBoundingClientRect();
    const factor = map.clientWidth / own.width;
    const over = [...document.querySelectorAll("[data-over]")].map((one) => one.getBoundingClientRect());
    return over
      .filter(({ width, height }) => width && height)
      .map(({ left, top, width, height }) => ({
        x: Math.round((left - own.left) * factor) - CLEAR,
        y: Math.round((top - own.top) * factor) - CLEAR,
        width: Math.round(width * factor) + 2 * CLEAR,
        height: Math.round(height * factor) + 2 * CLEAR,
      }));
  }

  function labelled(seen) {
    const { ground, type, view, context, state } = seen;
    const { name: nameSize, value: valueSize, badge } = TYPE[type];
    const worst = Object.fromEntries(cityops.outlines.alarmed(state).map((one) => [one.code, one.worst]));
    return ground.regions.filter(({ spots: [pole] }) => pole && !(view === "plain" && inCore(ground, pole.x, pole.y))).map(({ code, spots, holds }) => {
      const name = nameOn(code, seen);
      const text = Math.max(LEAST * valueSize, cityops.placing.wide(name, nameSize), cityops.placing.wide(valueOf(code, seen).words, valueSize));
      const besides = worst[code] ? badge + 6 : 0;
      return { code, spots, holds, width: Math.ceil(text / ROUND) * ROUND + besides, height: nameSize + valueSize + 6 };
    });
  }

  // Beside each other on a map, "白云" says what "白云区" does.
  function nameOn(code, { context, state }) {
    const name = context.regions[code] || state.children.find((one) => one.code === code)?.[`name_${context.lang}`] || code;
    return context.lang === "zh" ? name.replace(/(?<=..)区$/, "") : name;
  }

  // A figure; of what is silent that it is, of what never spoke nothing, and a dash where there is no device.
  function valueOf(code, { regions, metric, context }) {
    const region = regions.find((one) => one.code === code);
    if (!region || (region.value === null && !region.expected)) return { words: "—", look: "is-missing" };
    if (region.freshness === "silent") return { words: region.as_of ? cityops.text("map.silent") : "", look: "is-missing" };
    const words = cityops.format.number(region.value, context.metrics[metric].decimals);
    return { words, look: region.freshness === "fresh" ? "" : "is-stale" };
  }

  function fills(seen) {
    const { id, ground, regions, metric, context } = seen;
    const ends = cityops.regions.scale(regions, context.metrics[metric]);
    return ground.regions.map(({ code, d }) => {
      const region = regions.find((one) => one.code === code);
      const look = fillOf(region, ends);
      const style = look === "is-silent" ? { fill: `url(#${id}-hatch)` } : undefined;
      const path = part("path", { className: `map-fill ${look}`, "data-code": code, d, style }, part("title", null, hover(code, region, seen)));
      return link(code, { key: code, tabIndex: -1, "aria-hidden": true }, context, path);
    });
  }

  function fillOf(region, [low, high]) {
    if (!region || (region.value === null && !region.expected)) return "is-without";
    if (region.value === null || region.freshness === "silent") return "is-silent";
    const share = Math.min(Math.max((region.value - low) / (high - low), 0), 1);
    return `ramp-${Math.min(Math.floor(share * 6), 5) + 1}${region.freshness === "fresh" ? "" : " is-late"}`;
  }

  function hover(code, region, seen) {
    const { name, unit, decimals } = seen.context.metrics[seen.metric];
    const said = region ? `${name} ${cityops.format.number(region.value, decimals)} ${unit}\n${cityops.text("headline.coverage", region)}` : "";
    return `${seen.context.regions[code] || nameOn(code, seen)}\n${said}`.trim();
  }

  function link(code, props, { links, regions }, ...children) {
    if (!links.district || !regions[code]) return part("g", { key: props.key, className: props.className }, ...children);
    return part("a", { ...props, href: links.district.replace("{code}", code) }, ...children);
  }

  // A label that found no place in its district is tied to it.
  function tether({ rect, holds, spots: [pole] }) {
    if (holds(rect.x + rect.width / 2, rect.y + rect.height / 2)) return null;
    const nearest = [Math.min(Math.max(pole.x, rect.x), rect.x + rect.width), Math.min(Math.max(pole.y, rect.y), rect.y + rect.height)];
    const isNear = Math.hypot(nearest[0] - pole.x, nearest[1] - pole.y) < TIED;
    return isNear ? null : part("path", { className: "label-tether", d: cityops.lens.path([nearest, [pole.x, pole.y]]) });
  }

  // The name leads to the district, the value tells what it means.
  function label({ code, rect, height, holds, spots }, seen) {
    const { id, type, state, metric, context } = seen;
    const { name: nameSize, badge } = TYPE[type];
    const found = cityops.outlines.alarmed(state).find((one) => one.code === code);
    const besides = found ? badge + 6 : 0;
    const middle = rect.x + besides + (rect.width - besides) / 2;
    const { words, look } = valueOf(code, seen);
    const prefix = id === "map" ? "map" : id;
    const value = { id: `${prefix}-value-${code}`, x: middle, y: rect.y + height - 4, className: `map-label-value ${look}`.trim() };
    return part(
      "g",
      { key: code, className: "map-label" },
      tether({ rect, holds, spots }),
      link(
        code,
        { key: "place", className: "map-label-place", "aria-label": context.regions[code] || nameOn(code, seen) },
        context,
        part("rect", { ...rect, className: "map-label-ground" }),
        part("g", { id: `${prefix}-mark-${code}` }, found ? badgeOf(found.worst, rect.x, rect.y + height / 2, badge) : null),
        part("text", { x: middle, y: rect.y + nameSize * 0.92, className: "map-label-name" }, nameOn(code, seen)),
      ),
      part("text", { ...value, ...cityops.number.of(`metric:${metric}:${code}`) }, words),
    );
  }

  function badgeOf(level, x, middle, size) {
    const said = cityops.text("map.alarmed", { level: cityops.text(`warning.${level}`) });
    return part("svg", { x, y: middle - size / 2, width: size, height: size, overflow: "visible" }, cityops.outlines.mark(level, said));
  }

  // What kind of picture this is, said in words: by how much the core is enlarged, or how long a distance is.
  function source({ ground }) {
    if (ground.kind === "tiles") return cityops.text("map.tiles");
    if (ground.power !== cityops.lens.PLAIN) return cityops.text("map.lens", { factor: cityops.format.number(ground.factor, 1), km: cityops.lens.GRID_KM });
    const { km, px } = cityops.lens.bar(ground.fit.scale, BAR_PX);
    const line = part("svg", { className: "map-bar", width: px + 2, height: 10, "data-km": km, key: "bar" }, part("path", { d: `M1 1V9H${px + 1}V1` }));
    return [part("span", { key: "words" }, cityops.text("map.plain", { km: cityops.lens.GRID_KM })), line, part("span", { key: "km" }, `${km} km`)];
  }

  // Name, age and coverage of the metric, and the steps of its ramp.
  function words(state, code, context) {
    const declared = context.metrics[code];
    const metric = state.metrics.find((one) => one.code === code);
    render("map-legend", [
      div("legend-title", declared.name, " ", span("legend-how", cityops.text(`map.by.${declared.aggregate}`))),
      div("legend-under", cityops.text("headline.coverage", metric), " · ", cityops.ages.element(metric.as_of, metric.expected_interval_s)),
      ramp(cityops.regions.scale(cityops.regions.of(state, code), declared), declared),
    ].map((one, key) => part("div", { key }, one)));
    render("map-levels", levels(cityops.curves.inForce(metric, declared), metric.limits));
  }

  function ramp([low, high], { unit }) {
    const step = (high - low) / 6;
    const decimals = step % 1 ? 1 : 0;
    const boxes = [0, 1, 2, 3, 4, 5].map((number) =>
      div(
        "legend-step",
        span(`legend-colour ramp-${number + 1}`),
        number ? span("legend-text", cityops.format.number(low + step * number, decimals)) : null,
      ),
    );
    return div("legend-steps", ...boxes, span("legend-unit", unit));
  }

  // The shapes of the levels, with the thresholds in force.
  function levels({ thresholds, direction, unit, name }, moved) {
    const used = thresholds.map((value, place) => [value, place + 1]).filter(([value]) => value !== null);
    if (!used.length) return null;
    const sign = direction === "low" ? "≤" : "≥";
    const each = used.reverse().map(([value, level]) => {
      const mark = cityops.outlines.mark(level, cityops.text(`warning.${level}`), "is-plain");
      return part("span", { className: "level-step", key: level }, mark, `${sign}${cityops.format.number(value, value % 1 ? 1 : 0)}`);
    });
    return [part("div", { className: "level-name", key: "name" }, `${name} ${unit}`, moved && ` · ${cityops.text(`limits.${moved.kind}`)}`), part("div", { className: "level-steps", key: "steps" }, ...each)];
  }

  function toggle() {
    const address = new URL(window.location.href);
    if (isPlain()) address.searchParams.delete(VIEW);
    else address.searchParams.set(VIEW, "plain");
    window.history.replaceState(window.history.state, "", address);
    redraw();
  }

  document.addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (event.key.toLowerCase() !== "m" || isOther || event.target.closest("input, select, textarea")) return;
    if (document.querySelector("[data-map]")) toggle();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#map-view")) toggle();
    else if (!event.target.closest("[data-number]")) openDevice(event);
  });

  // A dot leads to its device, where the district below it would lead to itself.
  function openDevice(event) {
    const map = event.target.closest("[data-map]");
    const way = map && last && last[2].links.device;
    if (!way) return;
    const own = map.getBoundingClientRect();
    const factor = map.clientWidth / own.width;
    const code = cityops.mapDevices.at(grounds.get(map), (event.clientX - own.left) * factor, (event.clientY - own.top) * factor);
    if (!code) return;
    event.preventDefault();
    window.location.assign(way.replace("{code}", encodeURIComponent(code)));
  }

  return { draw, redraw, words, fillOf, valueOf, toggle };
})();

cityops.panels.city_map = {
  draw(state, metric, context) {
    cityops.regions.choices(state, metric, context);
    cityops.ranking.list(state, metric, context);
    cityops.map.words(state, metric, context);
    cityops.map.draw(state, metric, context);
  },
};
