// Places that matter (重点点位), by name: below everything else in rank, so that they go first where it is crowded; larger
// while an alarm or an urgent case is within their reach.
"use strict";

cityops.mainPoints = (() => {
  const { part } = cityops.bound;
  const SIZES = { quiet: 18, loud: 22 }; // px, as the style sheet has them
  const ROUND = 6;
  const EARTH_M = 111_320; // of a degree of latitude

  // What to place, those first at which something happens; `places` are alarms and cases with their coordinates.
  function asked({ ground, context, width, height }, places) {
    const all = context.main_points && ground.fit ? cityops.ground.points() : [];
    const found = all.flatMap((one) => {
      const [x, y] = ground.fit.place(one.lon, one.lat);
      if (x < 0 || y < 0 || x > width || y > height || !ground.regions.some(({ holds }) => holds(x, y))) return [];
      const isLoud = places.some((place) => isWithin(place, one));
      const name = one[`name_${context.lang}`];
      const size = isLoud ? SIZES.loud : SIZES.quiet;
      return [{ code: one.code, name, isLoud, x, y, width: Math.ceil(cityops.placing.wide(name, size) / ROUND) * ROUND, height: size + 4 }];
    });
    return [...found.filter(({ isLoud }) => isLoud), ...found.filter(({ isLoud }) => !isLoud)];
  }

  function isWithin({ lon, lat, level, look }, point) {
    if (level < cityops.outlines.ORANGE && !look.startsWith("case")) return false;
    const east = (lon - point.lon) * Math.cos((lat * Math.PI) / 180);
    return Math.hypot(east, lat - point.lat) * EARTH_M <= point.radius_m;
  }

  function drawn({ code, name, isLoud, rect, dot }) {
    return part(
      "g",
      { key: code, className: `main-point ${isLoud ? "is-loud" : ""}`.trim(), "data-code": code },
      dot ? part("circle", { cx: dot.x + dot.width / 2, cy: dot.y + dot.height / 2, r: 3.5 }) : null,
      part("text", { x: rect.x, y: rect.y + rect.height * 0.8 }, name),
    );
  }

  return { asked, drawn };
})();
