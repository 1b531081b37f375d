// Scenes of the wall without a mouse: number keys choose one, arrows page, space lets them rotate and holds, F fills the
// screen. The address says which scene it is and whether they rotate, so that a reload goes on with it. Where they
// rotate, an alarm brings up the scene that holds for it, until somebody acknowledges it or it is over. A scene that is of
// certain modes of the city is neither paged nor rotated to in the others; its key chooses it all the same. A scene that a
// seat has sent is held against all of these, until it is released.
"use strict";

cityops.scenes = (() => {
  const SCENE = "scene"; // in the address
  const ROTATE = "rotate";
  const FADE_MS = 200;
  const PATIENCE_MS = 10_000; // of who asked for a scene and has not got it
  const IDLE_MS = 60_000; // a wall that somebody uses is not taken from under his hands, nor one that is held

  let scenes = [];
  let here = 0;
  let timer = null;
  let called = null; // the scene that stood before an alarm brought up another one
  let touched = -IDLE_MS;
  let going = { id: null, since: 0 }; // what was asked for last
  let leaving = null; // the picture of the scene that goes, until the one that comes is there
  let mode = null; // what the city works under, as the state tells it
  let sent = null; // the scene that a seat has sent, which is held
  let before = null; // the one that stood until then

  // A page without scenes, such as a district's, has none to change to.
  function begin({ scenes: all = [], scene }) {
    scenes = all;
    here = Math.max(0, all.findIndex(({ id }) => id === scene));
    fade();
    if (all.length) rotate();
  }

  function asked() {
    return new URL(window.location.href);
  }

  function isRotating() {
    return asked().searchParams.has(ROTATE);
  }

  function put(change) {
    const address = asked();
    change(address.searchParams);
    window.history.replaceState(window.history.state, "", address);
  }

  function show(id) {
    put((query) => {
      query.set(SCENE, id);
      for (const own of ["metric", "devices"]) query.delete(own); // each scene has its own
    });
    going = { id, since: performance.now() };
    leaving = picture();
    window.dash_clientside.set_props("wall-scene", { data: id });
  }

  function choose(id) {
    if (sent) return; // who sent it lets it go
    touched = performance.now();
    called = null;
    show(id);
  }

  // What the canvas shows, without a name that another element has too.
  function picture() {
    const canvas = document.getElementById("wall-canvas");
    if (!canvas || window.matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
    const copy = canvas.cloneNode(true);
    for (const named of [copy, ...copy.querySelectorAll("[id]")]) named.removeAttribute("id");
    copy.classList.add("is-leaving");
    copy.setAttribute("aria-hidden", "true");
    return copy;
  }

  // Over the scene that has come, the one that goes fades.
  function fade() {
    const copy = leaving;
    leaving = null;
    if (!copy) return;
    document.querySelector(".screen").append(copy);
    setTimeout(() => copy.remove(), FADE_MS);
  }

  // The first of the alarms that nobody has acknowledged decides; back it goes once there is none.
  function follow({ alarms, mode: told }) {
    turnTo(told?.kind || "normal");
    if (sent) return;
    const waiting = (alarms?.groups || []).filter((one) => one.unacknowledged > 0 && one.metric);
    const id = waiting.map(sceneOf).find(Boolean);
    if (!id && called) {
      const back = called;
      called = null;
      if (back === scenes[here].id) rotate();
      else show(back);
    } else if (id && isRotating() && performance.now() - touched >= IDLE_MS) {
      call(id);
    }
  }

  function call(id) {
    const isNew = !called;
    called ||= scenes[here].id;
    const isUnderWay = id === going.id && performance.now() - going.since < PATIENCE_MS;
    if (id !== scenes[here].id && !isUnderWay) show(id);
    else if (id === scenes[here].id && isNew) rotate();
  }

  // The scene that holds for an alarm: of two the one that names its metric earlier, then the one with the earlier key.
  function sceneOf({ metric, level }) {
    const holding = scenes.filter((one) => belongs(one) && one.hold?.levels.includes(level) && one.hold.metrics.includes(metric));
    holding.sort((a, b) => a.hold.metrics.indexOf(metric) - b.hold.metrics.indexOf(metric));
    return holding[0]?.id;
  }

  function belongs({ modes }) {
    return !modes || modes.includes(mode || "normal");
  }

  // Another mode has other scenes: a wall that rotates shows the first that is for it.
  function turnTo(kind) {
    if (kind === mode) return;
    const isFirst = mode === null;
    mode = kind;
    if (isFirst || sent || called || !isRotating()) return;
    const its = scenes.find(({ modes }) => modes?.includes(kind)) || (belongs(scenes[here]) ? null : scenes.find(belongs));
    if (its && its.id !== scenes[here].id) show(its.id);
  }

  // Hold the scene that a seat has sent; null lets it go. One that this wall does not have changes nothing.
  function hold(id) {
    const wanted = scenes.some((one) => one.id === id) ? id : null;
    if (wanted === sent) return;
    before ||= scenes[here].id;
    sent = wanted;
    called = null;
    const next = sent || before;
    if (!sent) before = null;
    if (next === scenes[here].id) rotate();
    else show(next);
  }

  function current() {
    return scenes[here];
  }

  // The next scene of the mode that the city is in; itself where there is no other.
  function following(by, mayCome = () => true) {
    const around = scenes.map((_, step) => scenes[(here + by * (step + 1) + scenes.length * (step + 1)) % scenes.length]);
    return (around.find((one) => belongs(one) && mayCome(one)) || scenes[here]).id;
  }

  function turn(by) {
    choose(following(by));
  }

  function toggle() {
    if (sent) return;
    touched = performance.now();
    called = null;
    put((query) => (query.has(ROTATE) ? query.delete(ROTATE) : query.set(ROTATE, "on")));
    rotate();
  }

  // The scene's time begins anew; a line shows how it passes.
  function rotate() {
    const { id, title, dwell } = scenes[here];
    clearTimeout(timer);
    timer = isRotating() && !called && !sent && scenes.length > 1 ? setTimeout(next, dwell * 1000) : null;
    for (const key of document.querySelectorAll("[data-scene]")) {
      key.setAttribute("aria-current", String(key.dataset.scene === id));
    }
    document.getElementById("scene-title").textContent = called ? cityops.text("scene.called", { scene: title }) : title;
    document.getElementById("scene-held").textContent = timer ? "" : "‖";
    draw(dwell);
  }

  function next() {
    const id = following(1, ({ rotates }) => rotates);
    if (id === scenes[here].id) rotate();
    else show(id);
  }

  function draw(dwell) {
    const line = document.getElementById("scene-dwell"); // it is Dash's, which is to find it where it put it
    line.style.animationDuration = `${dwell}s`;
    line.classList.remove("is-passing");
    void line.offsetWidth; // without the class for a moment: its animation begins anew
    line.classList.toggle("is-passing", timer !== null);
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }

  const KEYS = {
    ArrowRight: () => turn(1),
    PageDown: () => turn(1),
    ArrowLeft: () => turn(-1),
    PageUp: () => turn(-1),
    " ": toggle,
    f: fill,
  };

  document.addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (!scenes.length || isOther || event.target.closest("input, select, textarea, button, a")) return;
    const numbered = scenes.find(({ key }) => key === event.key);
    const act = numbered ? () => choose(numbered.id) : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-scene]");
    if (!key) return;
    key.blur(); // the keys go on being the wall's
    choose(key.dataset.scene);
  });

  return { begin, follow, hold, current, all: () => scenes };
})();
