// Source systems as a rail: one item each, always in its place; only one that is not on time is lifted, with a word.
"use strict";

cityops.sources = (() => {
  const { span, part, render } = cityops.bound;
  const ROOM = { "9x16": 8 }; // for so many the rail has room; with more, those that are not on time come first
  const USUAL_ROOM = 18;
  const ITEM = 116; // px that an item takes at most while it is on time
  const ORDER = { silent: 0, late: 1, fresh: 2, manual: 2 };

  // How it stands by now.
  function stands({ freshness, last_received_at: at, expected_interval_s: cadence }) {
    return at ? cityops.ages.freshness(freshness, at, cadence) : "never";
  }

  // The gravest of all: what the light of all data shows.
  function worst(sources) {
    const states = sources.map(stands);
    return ["silent", "late"].find((one) => states.includes(one)) || "fresh";
  }

  function draw(state, context) {
    const all = [...state.sources];
    const wall = document.querySelector(".canvas[data-tiles]");
    const across = wall ? Number(wall.dataset.tiles) : 1;
    const inTile = wall ? Math.max(1, Math.floor(wall.clientWidth / across / ITEM)) : 0;
    const room = inTile * across || ROOM[document.documentElement.dataset.form] || USUAL_ROOM;
    if (all.length > room) all.sort((a, b) => (ORDER[stands(a)] ?? 2) - (ORDER[stands(b)] ?? 2));
    const rest = all.length > room ? all.length - room + Boolean(wall) : 0;
    const more = rest > 0 ? part("span", { className: "source", key: "rest" }, cityops.text("sources.more", { n: rest })) : null;
    const items = [...all.slice(0, all.length - Math.max(0, rest)).map((source) => item(source, context)), more].filter(Boolean);
    render("sources", wall ? byTile(items, inTile, across) : items);
  }

  // Between seams as many as have room there: no item stands across one.
  function byTile(items, inTile, across) {
    const each = Math.min(inTile, Math.ceil(items.length / across));
    const parts = Array.from({ length: across }, (_, tile) => items.slice(tile * each, (tile + 1) * each));
    return parts.map((own, tile) => part("div", { className: "rail-tile", key: tile }, ...own));
  }

  function item(source, context) {
    const state = stands(source);
    const full = source[`name_${context.lang}`];
    const isBad = state === "late" || state === "silent";
    return part(
      "span",
      { className: isBad ? "source is-bad" : "source", "data-judged": source.freshness, title: full, key: source.code },
      light(state),
      part("span", { className: "source-name", key: "name" }, context.texts[`source.short.${source.code}`] || full),
      state === "never" ? span("age", cityops.text(source.freshness === null ? "replay.not_kept" : "figure.never")) : age(source, isBad ? state : null),
    );
  }

  function age({ last_received_at: at, expected_interval_s: cadence }, state) {
    const counted = cityops.ages.element(at, cadence, "age is-short");
    return state ? part("span", { className: "source-word", key: "age" }, cityops.text(`sources.${state}`), counted) : counted;
  }

  // Of a shape of its own each: a small dot, a half disc, a crossed ring, a dashed ring.
  function light(state) {
    return part(
      "svg",
      { className: `light light-${state}`, viewBox: "0 0 14 14", "aria-hidden": true, key: "light" },
      state === "fresh" || state === "manual"
        ? part("circle", { cx: 7, cy: 7, r: 4, fill: "currentColor" })
        : part("circle", { cx: 7, cy: 7, r: 5.5, fill: "none", stroke: "currentColor", strokeWidth: 2, strokeDasharray: state === "never" ? "3 3" : null }),
      state === "late" && part("path", { d: "M7 1.5a5.5 5.5 0 0 1 0 11z", fill: "currentColor" }),
      state === "silent" && part("path", { d: "M3 3L11 11M11 3L3 11", stroke: "currentColor", strokeWidth: 2 }),
    );
  }

  return { draw, worst, light };
})();

cityops.panels.sources = { draw: (state, _, context) => cityops.sources.draw(state, context) };
