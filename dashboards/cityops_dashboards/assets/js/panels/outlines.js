// Outlines of the districts with open red and orange alarms, and the marks of the four levels: shape, colour, character.
"use strict";

cityops.outlines = (() => {
  const { part } = cityops.bound;
  const ORANGE = 3;
  const RED = 4;
  const WIDTH = { [ORANGE]: 3, [RED]: 5 }; // px inside a district's own edge, so that two neighbours show both
  const MANY = 5; // so many red districts and more are a net of lines: thinner
  const THIN = 3;
  const CASING = 2.5; // px of the ground on either side: state on a fill of the ramp would be too faint
  const PULSING = 2; // with the level's block of the headline three things, and no more, pulse at once
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

  // Districts with a red alarm that nobody has acknowledged, the first of them.
  function unseen({ alarms }) {
    const alone = (alarms.places || []).filter(({ level, acknowledged }) => level === RED && !acknowledged);
    const groups = (alarms.groups || []).filter(({ level, unacknowledged }) => level === RED && unacknowledged > 0);
    const codes = [...(alone.length ? alone : groups)].map(({ region_code: code }) => code);
    return alarms.regions.filter(({ code }) => codes.some((one) => one.startsWith(code))).slice(0, PULSING).map(({ code }) => code);
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

  // `paths` are the outlines in px by district; names of clips begin with the map's.
  function layer(id, state, paths) {
    const found = alarmed(state).filter(({ code }) => paths[code]);
    const isMany = found.filter(({ worst }) => worst === RED).length >= MANY;
    const pulsing = unseen(state);
    return found.map(({ code, worst }) => {
      const width = worst === RED && isMany ? THIN : WIDTH[worst];
      return outline(`${id}-${code}`, paths[code], { code, worst, width, isNew: pulsing.includes(code) });
    });
  }

  // Casing, casing within, colour: all but the first are cut at the district's own edge.
  function outline(name, d, { code, worst, width, isNew }) {
    const own = `outline-own-${name}`;
    const line = (className, px, isInside) =>
      part("path", { className, d, strokeWidth: 2 * px, clipPath: isInside ? `url(#${own})` : undefined });
    return part(
      "g",
      { key: name, className: `outline level-${worst} ${isNew ? "is-new" : ""}`.trim(), "data-level": worst, "data-code": code },
      part("clipPath", { id: own }, part("path", { d })),
      line("outline-casing", CASING),
      line("outline-casing", width + CASING, true),
      line("outline-line", width, true),
    );
  }

  return { SHAPES, RED, ORANGE, alarmed, unseen, mark, layer };
})();
