// Scenes of the wall without a mouse: number keys choose one, arrows page, space lets them rotate and holds, F fills the
// screen. The address says which scene it is and whether they rotate, so that a reload goes on with it.
"use strict";

cityops.scenes = (() => {
  const SCENE = "scene"; // in the address
  const ROTATE = "rotate";

  let scenes = [];
  let here = 0;
  let timer = null;

  // A page without scenes, such as a district's, has none to change to.
  function begin({ scenes: all = [], scene }) {
    scenes = all;
    here = Math.max(0, all.findIndex(({ id }) => id === scene));
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
      query.delete("metric"); // each scene has its own
    });
    window.dash_clientside.set_props("wall-scene", { data: id });
  }

  function page(by) {
    show(scenes[(here + by + scenes.length) % scenes.length].id);
  }

  function toggle() {
    put((query) => (query.has(ROTATE) ? query.delete(ROTATE) : query.set(ROTATE, "on")));
    rotate();
  }

  // The scene's time begins anew; a line shows how it passes.
  function rotate() {
    const { id, title, dwell } = scenes[here];
    clearTimeout(timer);
    timer = isRotating() && scenes.length > 1 ? setTimeout(page, dwell * 1000, 1) : null;
    for (const key of document.querySelectorAll("[data-scene]")) {
      key.setAttribute("aria-current", String(key.dataset.scene === id));
    }
    document.getElementById("scene-title").textContent = title;
    document.getElementById("scene-held").textContent = timer ? "" : "‖";
    draw(dwell);
  }

  function draw(dwell) {
    const line = document.getElementById("scene-dwell");
    const passing = line.cloneNode();
    passing.style.animationDuration = `${dwell}s`;
    passing.classList.toggle("is-passing", timer !== null);
    line.replaceWith(passing); // another element: its animation begins anew
  }

  function fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  }

  const KEYS = {
    ArrowRight: () => page(1),
    PageDown: () => page(1),
    ArrowLeft: () => page(-1),
    PageUp: () => page(-1),
    " ": toggle,
    f: fill,
  };

  document.addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (!scenes.length || isOther || event.target.closest("input, select, textarea, button, a")) return;
    const numbered = scenes.find(({ key }) => String(key) === event.key);
    const act = numbered ? () => show(numbered.id) : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-scene]");
    if (!key) return;
    key.blur(); // the keys go on being the wall's
    show(key.dataset.scene);
  });

  return { begin };
})();
