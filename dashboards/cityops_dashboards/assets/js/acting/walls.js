// Walls: what a seat has sent to this display is held and said, and the display tells what it shows. P opens, for who may,
// the list of walls with what each shows: arrows choose a wall, a number sends the scene of that key, Delete releases.
"use strict";

cityops.walls = (() => {
  const { part, div, span, render } = cityops.bound;
  const TELL_MS = 15_000;
  const LOOK_MS = 2_000;
  const LINE_MS = 10_000;
  const ANSWERS_MS = 45_000; // three times of telling
  const MINUTES = 30;

  let told = { scene: null, at: -TELL_MS };
  let listed = null; // the walls as the list has them; null while it is shut
  let chosen = 0;
  let note = "";

  function take(held) {
    cityops.scenes.hold(held && held.scene);
    sayHeld(held);
    tell();
  }

  function sayHeld(held) {
    const place = placed("wall-held");
    if (!place) return;
    const until = held && cityops.format.clock(Date.parse(held.held_until), false);
    const isHere = held && cityops.scenes.all().some(({ id }) => id === held.scene);
    const said = held && cityops.text(isHere ? "wall.held" : "wall.unknown", { by: held.sent_by, until, scene: held.scene });
    place.textContent = said || "";
    place.hidden = !held;
  }

  // Of a display alone: a person's browser is no wall of a room.
  async function tell() {
    const scene = cityops.context?.scenes && cityops.scenes.current()?.id;
    const isDue = scene !== told.scene || performance.now() - told.at >= TELL_MS;
    if (!scene || !cityops.context.may.display || !isDue || document.hidden) return;
    told = { scene, at: performance.now() };
    await ask("POST", "walls/here", { scene });
  }

  // What the API says of it; null where the line is away, which the banner says.
  async function ask(method, path, body) {
    const more = body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
    try {
      const answer = await fetch(`/relay/${path}`, { method, cache: "no-store", signal: AbortSignal.timeout(LINE_MS), ...more });
      return { ok: answer.ok, told: answer.status === 204 ? {} : await answer.json() };
    } catch {
      return null;
    }
  }

  // An element of the canvas, which scales with it; made again where a page has none.
  function placed(id) {
    const canvas = document.querySelector(".canvas");
    let found = document.getElementById(id);
    if (!found && canvas) {
      found = document.createElement("div");
      found.id = id;
      canvas.append(found);
    }
    return found;
  }

  async function open() {
    listed = [];
    chosen = 0;
    note = "";
    await look();
  }

  async function look() {
    if (!listed) return;
    const answer = await ask("GET", "walls");
    if (!listed) return;
    if (answer?.ok) listed = answer.told;
    draw();
    setTimeout(look, LOOK_MS);
  }

  function close() {
    listed = null;
    draw();
  }

  function draw() {
    const place = placed("wall-list");
    place.hidden = !listed;
    render("wall-list", listed && [
      part("h2", { key: "title" }, cityops.text("wall.list")),
      div("wall-rows", ...(listed.length ? listed.map(row) : [cityops.text("wall.none")])),
      div("wall-note", note),
      div("wall-help", cityops.text("wall.help", { minutes: MINUTES })),
    ].map((one, key) => part("div", { key }, one)));
  }

  function row(wall, at) {
    const { label, shows, scene } = wall;
    const props = { className: "wall-row", key: wall.id, "aria-current": String(at === chosen), onClick: () => choose(at) };
    return part(
      "div",
      props,
      span("wall-label", label),
      span("wall-shows", shows ? title(shows) : "—"),
      span("wall-age", answered(wall)),
      span("wall-sent", scene ? sentBy(wall) : ""),
      span("wall-acts", ...cityops.scenes.all().map((one) => button(String(one.key), one.title, () => send(wall, one)))),
      scene ? button(cityops.text("wall.release"), label, () => release(wall)) : null,
    );
  }

  function button(text, title, onClick) {
    const stop = (event) => (event.stopPropagation(), onClick());
    return part("button", { key: text, title, onClick: stop, tabIndex: -1 }, text);
  }

  function title(id) {
    return cityops.scenes.all().find((one) => one.id === id)?.title || id;
  }

  function sentBy({ scene, sent_by: by, held_until: until }) {
    return cityops.text("wall.sent", { scene: title(scene), by, until: cityops.format.clock(Date.parse(until), false) });
  }

  function answered({ answered_at: at }) {
    if (!at) return cityops.text("wall.never");
    const age = cityops.ages.now() - Date.parse(at);
    const time = cityops.format.clock(Date.parse(at));
    return cityops.text(age > ANSWERS_MS ? "wall.silent" : "wall.answers", { time });
  }

  function choose(at) {
    chosen = Math.max(0, Math.min(listed.length - 1, at));
    draw();
  }

  async function send(wall, scene) {
    const answer = await ask("POST", `walls/${wall.id}/scene`, { scene: scene.id, minutes: MINUTES });
    await judge(answer, "wall.done", { wall: wall.label, scene: scene.title });
  }

  async function release(wall) {
    const answer = await ask("POST", `walls/${wall.id}/release`);
    await judge(answer, "wall.released", { wall: wall.label });
  }

  async function judge(answer, key, values) {
    note = answer?.ok ? cityops.text(key, values) : answer?.told.detail || cityops.text("wall.away");
    const fresh = await ask("GET", "walls");
    if (fresh?.ok && listed) listed = fresh.told;
    if (listed) draw();
  }

  // What a key does while the list is open; whether it was meant for it.
  function pressed(key) {
    if (!listed) return false;
    const wall = listed[chosen];
    const scene = cityops.scenes.all().find((one) => String(one.key) === key);
    if (key === "Escape" || key.toLowerCase() === "p") close();
    else if (key === "ArrowDown") choose(chosen + 1);
    else if (key === "ArrowUp") choose(chosen - 1);
    else if (wall && scene) send(wall, scene);
    else if (wall && (key === "Delete" || key === "Backspace")) release(wall);
    return true;
  }

  setInterval(() => cityops.context && tell(), 1000);

  return { take, open, pressed, placed, ask };
})();
