// The ground of a map in px: outlines, rivers and grid for a size and a way of seeing, reckoned once and kept.
"use strict";

cityops.ground = (() => {
  const RETRY_MS = 5000;
  const SPOTS = 22; // in each direction, over the box of a district
  const WIDE = 1.5; // labels are wider than high, so that room to the sides counts less
  const ROW = 8; // px
  const NEAR = 4; // px
  const MANY = 100_000; // rows that no screen has
  const TILE_GAP = 6;

  let shapes = null;
  let asked = false;
  const waiting = new Set();
  const kept = new Map();

  // Shapes are asked for once in a page's life; a wall whose dashboard is away asks again until it has them.
  function ask(then) {
    if (then) waiting.add(then);
    if (asked) return;
    asked = true;
    fetch("/map/shapes.json")
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(take)
      .catch(() => {
        asked = false;
        setTimeout(ask, RETRY_MS);
      });
  }

  function take(told) {
    shapes = told;
    kept.clear();
    for (const then of waiting) then();
    waiting.clear();
  }

  // What a map is of: the children that have shapes; of a district, whose streets have none, itself; else tiles. Null
  // while the shapes are still to come.
  function subject({ region, children }) {
    if (!shapes) return null;
    const drawn = children.filter(({ code }) => shapes.districts[code]).map(({ code }) => code);
    if (drawn.length) return { kind: "children", codes: drawn };
    if (shapes.districts[region.code]) return { kind: "one", codes: [region.code] };
    return { kind: "tiles", codes: children.map(({ code }) => code) };
  }

  // `view` is lens, plain or core.
  function of(state, view, width, height, box) {
    const { kind, codes } = subject(state);
    const key = JSON.stringify([kind, codes, view, width, height, box]);
    if (!kept.has(key)) {
      if (kept.size > 12) kept.clear();
      kept.set(key, kind === "tiles" ? tiles(codes, box) : reckoned(kind, codes, view, box, width, height));
    }
    return kept.get(key);
  }

  function reckoned(kind, codes, view, box, width, height) {
    const power = view === "lens" && kind === "children" ? cityops.lens.LENS : cityops.lens.PLAIN;
    const project = cityops.lens.projection(shapes.core, power);
    const points = view === "core" ? cityops.lens.corners(shapes.core) : codes.flatMap((code) => shapes.districts[code].flat());
    const fitted = cityops.lens.fit(project, points, box);
    const all = Object.entries(shapes.districts).map(([code, rings]) => [code, rings.map((ring) => cityops.lens.drawn(fitted.place, ring))]);
    const shown = all.filter(([code]) => codes.includes(code));
    const plain = cityops.lens.fit(cityops.lens.projection(shapes.core, cityops.lens.PLAIN), points, box);
    return {
      kind,
      power,
      fit: fitted,
      factor: fitted.scale / plain.scale,
      grid: cityops.lens.grid(shapes.core, power, fitted),
      beyond: all.filter(([code]) => !codes.includes(code)).map(([, rings]) => outline(rings)),
      regions: shown.map(([code, rings]) => region(code, rings, { width, height })),
      rivers: shapes.rivers.map((line) => cityops.lens.path(cityops.lens.drawn(fitted.place, line))),
      profile: profile(shown.flatMap(([, rings]) => rings)),
      locate: ({ lon, lat }) => (lon == null || lat == null ? null : fitted.place(lon, lat)),
    };
  }

  function region(code, rings, size) {
    const ring = largest(rings);
    return { code, d: outline(rings), spots: spots(ring, size), holds: remembered(ring) };
  }

  // Whether about here is inside, asked of the ring once for each few px: labels ask the same again and again.
  function remembered(ring) {
    const known = new Map();
    return (x, y) => {
      const [column, row] = [Math.round(x / NEAR), Math.round(y / NEAR)];
      const key = column * MANY + row;
      if (!known.has(key)) known.set(key, holds(ring, column * NEAR, row * NEAR));
      return known.get(key);
    };
  }

  function outline(rings) {
    return rings.map((ring) => cityops.lens.path(ring, "Z")).join("");
  }

  function largest(rings) {
    const size = (ring) => {
      const ends = cityops.lens.bounds(ring);
      return (ends.right - ends.left) * (ends.bottom - ends.top);
    };
    return rings.reduce((best, ring) => (size(ring) > size(best) ? ring : best));
  }

  // Places for a label in what is seen of a ring: the one farthest from its edge (the pole of inaccessibility), then
  // those nearest to that.
  function spots(ring, { width, height }) {
    const ends = cityops.lens.bounds(ring);
    const [left, right] = [Math.max(0, ends.left), Math.min(width, ends.right)];
    const [top, bottom] = [Math.max(0, ends.top), Math.min(height, ends.bottom)];
    const found = [];
    for (let across = 1; across < SPOTS; across += 1) {
      for (let down = 1; down < SPOTS; down += 1) {
        const [x, y] = [left + ((right - left) * across) / SPOTS, top + ((bottom - top) * down) / SPOTS];
        if (left < right && top < bottom && holds(ring, x, y)) found.push({ x, y, room: room(ring, x, y, { width, height }) });
      }
    }
    const pole = found.reduce((best, one) => (one.room > best.room ? one : best), found[0]);
    return found.sort((a, b) => Math.hypot(a.x - pole.x, a.y - pole.y) - Math.hypot(b.x - pole.x, b.y - pole.y));
  }

  function room(ring, x, y, { width, height }) {
    let least = Math.min(x / WIDE, (width - x) / WIDE, y, height - y);
    for (const [edgeX, edgeY] of ring) least = Math.min(least, Math.hypot((x - edgeX) / WIDE, y - edgeY));
    return least;
  }

  function holds(ring, x, y) {
    let isInside = false;
    for (let place = 0, last = ring.length - 1; place < ring.length; last = place, place += 1) {
      const [[ax, ay], [bx, by]] = [ring[place], ring[last]];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
    }
    return isInside;
  }

  // From where to where the ground reaches, by rows of a few px: what lies beyond is free.
  function profile(rings) {
    const rows = new Map();
    for (const [x, y] of rings.flat()) {
      const row = Math.floor(y / ROW);
      const [left, right] = rows.get(row) || [x, x];
      rows.set(row, [Math.min(left, x), Math.max(right, x)]);
    }
    // How many px² of a rectangle lie on the ground.
    return ({ x, y, width, height }) => {
      let covered = 0;
      for (let row = Math.floor(y / ROW); row * ROW < y + height; row += 1) {
        const [left, right] = rows.get(row) || [0, 0];
        covered += ROW * Math.max(0, Math.min(right, x + width) - Math.max(left, x));
      }
      return covered;
    };
  }

  // Where a city has no shapes: a tile for each part, where the city's reference has it, else in the order of their codes.
  function tiles(codes, box) {
    const known = codes.every((code) => shapes.tiles[code]) ? codes.map((code) => shapes.tiles[code]) : null;
    const most = (of) => Math.max(...known.map((one) => one[of])) + 1;
    const columns = known ? most(0) : Math.max(1, Math.round(Math.sqrt((codes.length * box.width) / box.height / 1.4)));
    const rows = known ? most(1) : Math.max(1, Math.ceil(codes.length / columns));
    const [width, height] = [box.width / columns, Math.min(box.height / rows, box.width / columns)];
    const regions = codes.map((code, place) => {
      const [column, row] = known ? known[place] : [place % columns, Math.floor(place / columns)];
      const [x, y] = [box.x + column * width, box.y + row * height];
      const [right, bottom] = [x + width - TILE_GAP, y + height - TILE_GAP];
      const corners = [[x, y], [right, y], [right, bottom], [x, bottom]];
      return { code, d: cityops.lens.path(corners, "Z"), spots: [{ x: (x + right) / 2, y: y + height * 0.36, room: height / 3 }], holds: () => true, low: [(x + right) / 2, y + height * 0.75] };
    });
    const tileOf = ({ region_code: code }) => regions.find((one) => code.startsWith(one.code));
    return { kind: "tiles", regions, beyond: [], rivers: [], profile: () => 0, locate: (one) => tileOf(one)?.low };
  }

  function streetName(code) {
    return shapes?.streets[code];
  }

  // Places that matter, with their names.
  function points() {
    return shapes.points;
  }

  return { ask, take, of, subject, streetName, points };
})();
