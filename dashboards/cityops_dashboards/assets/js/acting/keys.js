// Keys by which somebody acts from a wall: A acknowledges the gravest alarm that waits longest, pressed twice; P opens the
// list of walls; ? says which keys there are. A display may look and not act: it says so.
"use strict";

cityops.keys = (() => {
  const TWICE_MS = 3_000; // the second press, after the first has named the alarm
  const SAID_MS = 5_000;
  const HELP_MS = 20_000;
  const { part, render } = cityops.bound;
  const NAMED = ["number", "arrows", "space", "f", "m", "d", "a", "p", "help"];

  let named = null; // the alarm that the next press acknowledges, and until when
  let timer = null;

  function say(text, ms = SAID_MS) {
    const place = cityops.walls.placed("wall-said");
    if (!place) return;
    clearTimeout(timer);
    place.textContent = text;
    place.hidden = false;
    timer = setTimeout(() => (place.hidden = true), ms);
  }

  // The first press asks which one it would be, and names it; only that one is acknowledged by the second.
  async function acknowledge() {
    const { may } = cityops.context;
    if (!may.acknowledge) return say(cityops.text(may.display ? "keys.display" : "keys.may_not"));
    const asked = named && performance.now() < named.until ? named : null;
    named = null;
    return asked ? doIt(asked.alarm) : ask();
  }

  async function ask() {
    const answer = await cityops.walls.ask("GET", "alarms/next");
    if (!answer?.ok) return say(cityops.text("wall.away"));
    const { alarm } = answer.told;
    if (!alarm) return say(cityops.text("keys.nothing"));
    named = { alarm, until: performance.now() + TWICE_MS };
    return say(cityops.text("keys.again", { alarm: called(alarm) }), TWICE_MS);
  }

  async function doIt(alarm) {
    const answer = await cityops.walls.ask("POST", `alarms/${alarm.id}/acts`, { act: "acknowledge" });
    if (!answer) return say(cityops.text("wall.away"));
    const { done, why, detail } = answer.told;
    return say(answer.ok && done ? cityops.text("keys.done", { alarm: called(alarm) }) : why || detail || "");
  }

  function called(alarm) {
    const { lang, regions, district_digits: digits } = cityops.context;
    const level = cityops.text(`level.${["", "blue", "yellow", "orange", "red"][alarm.level]}`);
    const name = (lang === "en" ? alarm.name_en : alarm.name_zh) || alarm.rule_code;
    const where = regions[alarm.region_code.slice(0, digits)] || alarm.region_code;
    return [level, where, alarm.device_name_zh, name].filter(Boolean).join(" · ");
  }

  function help() {
    const place = cityops.walls.placed("wall-keys");
    const isOpen = !place.hidden && place.childNodes.length > 0;
    place.hidden = isOpen;
    if (isOpen) return;
    render("wall-keys", [
      part("h2", { key: "title" }, cityops.text("keys.title")),
      part("dl", { key: "list" }, ...NAMED.flatMap((one) => [
        part("dt", { key: `${one}-key` }, cityops.text(`keys.${one}.key`)),
        part("dd", { key: one }, cityops.text(`keys.${one}`)),
      ])),
    ]);
    setTimeout(() => (place.hidden = true), HELP_MS);
  }

  const KEYS = {
    a: acknowledge,
    p: () => (cityops.context.may.push ? cityops.walls.open() : say(cityops.text("keys.no_push"))),
    "?": help,
  };

  // Before the scenes' own keys: an open list takes all of them.
  window.addEventListener(
    "keydown",
    (event) => {
      const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
      if (!cityops.context?.scenes || isOther || event.target.closest?.("input, select, textarea")) return;
      if (!cityops.walls.pressed(event.key)) {
        const act = KEYS[event.key.toLowerCase()];
        if (!act) return;
        act();
      }
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  return { acknowledge };
})();
