// How places on earth come to lie on the map: through a lens that enlarges the core, or true to scale.
//
// Distance r from the core becomes r·(1 + (r/12 km)²)^((p−1)/2): even inside, r^p far outside, and every direction from the
// core stays true. With p = 1 nothing is enlarged: that is the plain map, by the same function.
"use strict";

cityops.lens = (() => {
  const CORE_KM = 12;
  const LENS = 0.58;
  const PLAIN = 1;
  const KM = [111.32, 110.86]; // of a degree along the equator, and of one of latitude here
  const GRID_KM = 10;
  const GRID_REACH = 130; // km from the core
  const NEAR_PX = 1.1; // points nearer than this to the one before say nothing new
  const STEP = 0.01; // degrees: straight lines on earth bend in the lens

  // Kilometres east and south of the core, as the lens has them.
  function projection(core, power) {
    const across = KM[0] * Math.cos((core.lat * Math.PI) / 180);
    return (lon, lat) => {
      const [x, y] = [(lon - core.lon) * across, (core.lat - lat) * KM[1]];
      const enlarged = (1 + (x * x + y * y) / CORE_KM ** 2) ** ((power - 1) / 2);
      return [x * enlarged, y * enlarged];
    };
  }

  // Lay points into the middle of a box, as large as they fit, by one factor for both directions.
  function fit(project, points, box) {
    const ends = bounds(points.map(([lon, lat]) => project(lon, lat)));
    const [width, height] = [ends.right - ends.left, ends.bottom - ends.top];
    const scale = Math.min(box.width / width, box.height / height);
    const [left, top] = [
      box.x + (box.width - scale * width) / 2 - scale * ends.left,
      box.y + (box.height - scale * height) / 2 - scale * ends.top,
    ];
    const lay = ([x, y]) => [left + scale * x, top + scale * y];
    return { scale, lay, back: ([x, y]) => [(x - left) / scale, (y - top) / scale], place: (lon, lat) => lay(project(lon, lat)) };
  }

  function bounds(points) {
    const ends = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    for (const [x, y] of points) {
      ends.left = Math.min(ends.left, x);
      ends.right = Math.max(ends.right, x);
      ends.top = Math.min(ends.top, y);
      ends.bottom = Math.max(ends.bottom, y);
    }
    return ends;
  }

  // The corners of a box in km around the core.
  function corners({ lon, lat, across_km: across, down_km: down }) {
    const [east, north] = [across / 2 / KM[0] / Math.cos((lat * Math.PI) / 180), down / 2 / KM[1]];
    return [
      [lon - east, lat + north],
      [lon + east, lat - north],
    ];
  }

  function dense(line) {
    const points = line.slice(1).flatMap(([lon, lat], place) => {
      const [fromLon, fromLat] = line[place];
      const n = Math.max(1, Math.floor(Math.max(Math.abs(lon - fromLon), Math.abs(lat - fromLat)) / STEP));
      const step = (number) => [fromLon + ((lon - fromLon) * number) / n, fromLat + ((lat - fromLat) * number) / n];
      return Array.from({ length: n }, (_, number) => step(number));
    });
    return [...points, line.at(-1)];
  }

  // A line or ring in px.
  function drawn(place, line) {
    const points = [];
    for (const [lon, lat] of dense(line)) {
      const [x, y] = place(lon, lat);
      const [lastX, lastY] = points.at(-1) || [Infinity, 0];
      if (Math.hypot(x - lastX, y - lastY) > NEAR_PX) points.push([x, y]);
    }
    return points;
  }

  function path(points, end = "") {
    return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${end}`;
  }

  // Lines of a grid of 10 km: where they stand wide apart the map is enlarged.
  function grid(core, power, { lay }) {
    const bent = projection({ lon: 0, lat: 0 }, power);
    const [across, down] = [1 / KM[0], -1 / KM[1]];
    const at = (x, y) => lay(bent(x * across, y * down));
    const steps = (by) => Array.from({ length: (2 * GRID_REACH) / by + 1 }, (_, number) => number * by - GRID_REACH);
    const along = steps(power === PLAIN ? 2 * GRID_REACH : GRID_KM / 2);
    return steps(GRID_KM)
      .map((fixed) => path(along.map((one) => at(fixed, one))) + path(along.map((one) => at(one, fixed))))
      .join("");
  }

  // The longest round distance that takes no more than so many px.
  function bar(scale, most) {
    const steps = [1, 2, 5, 10, 20, 50];
    const km = steps.filter((one) => one * scale <= most).pop() || steps[0];
    return { km, px: km * scale };
  }

  return { LENS, PLAIN, GRID_KM, projection, fit, bounds, corners, drawn, path, grid, bar };
})();
