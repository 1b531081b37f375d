// The time machine (复盘): the wall as it was at the moment that the address names (`?at=`). Its states are asked for one
// after the other, never two at once, and a few ahead while it plays; what is pushed meanwhile is shown beside as the present.
"use strict";

cityops.replay = (() => {
  const AT = "at"; // in the address
  const FROM = "/relay/state";
  const SPEEDS = [1, 2, 5, 10, 30, 60, 120, 300, 600];
  const BEAT_MS = 1000; // while it plays one state a second is shown, `speed` seconds after the last
  const AHEAD = 4; // so many of the next states are fetched before they are due
  const KEPT = 90;
  const STEP_MS = 300_000; // of a column
  const SPAN_MS = 7 * 3_600_000;
  const BEFORE = 0.38; // where the playhead stands in a span that is opened
  const MINUTE_MS = 60_000;
  const DEFAULT_BACK_MS = 10 * MINUTE_MS;
  const AGAIN_MS = 2000;
  const WIDE = 1000; // of the drawing, which is stretched to the place there is
  const LEFT_MS = 15 * MINUTE_MS; // a display that nobody has touched for so long shows the present again
  const NEAR_PX = 68; // to the playhead's time: an hour's would lie below it

  const { div, span, part, render } = cityops.bound;

  let at = null; // the moment that is asked for; null: the wall shows the present
  let shown = null; // the moment of what is drawn
  let speed = 60;
  let timer = null;
  let isAsking = false;
  let refused = "";
  let timeline = null;
  let touched = 0; // when somebody moved it last
  let present = null; // the newest state that was pushed
  const kept = new Map(); // states by their moment, the newest last

  // The page is up, or another scene of it.
  function begin() {
    if (!document.querySelector(".canvas") || !document.getElementById("wall-body")) return;
    const asked = Date.parse(new URLSearchParams(window.location.search).get(AT) || "");
    if (at === null && !Number.isNaN(asked)) go(asked);
    else if (at !== null) show();
  }

  // What is pushed: taken as the present while the machine is open.
  function takes(state) {
    present = state;
    if (at === null) return false;
    bar();
    return true;
  }

  function open(moment) {
    if (present && !document.getElementById("wall-body")) return;
    go(moment);
  }

  function go(moment) {
    if (at === null) touched = performance.now();
    const now = cityops.ages.present();
    at = Math.floor(Math.min(moment, now - 1000) / 1000) * 1000;
    document.body.classList.add("is-replaying");
    address();
    reach();
    if (kept.has(at)) show();
    bar();
    ask();
  }

  // Back to the present, which the next pushed state draws.
  function leave() {
    if (at === null) return;
    pause();
    at = shown = null;
    refused = "";
    kept.clear();
    cityops.ages.stand(null);
    document.body.classList.remove("is-replaying");
    address();
    render("replay", null);
    render("replay-head", null);
    if (present) cityops.live.take(present);
  }

  // Nobody sits at a display: what is over does not stay there for whoever passes by.
  function guard() {
    if (at !== null && cityops.context.may?.display && performance.now() - touched >= LEFT_MS) leave();
  }

  function address() {
    const url = new URL(window.location.href);
    if (at === null) url.searchParams.delete(AT);
    else url.searchParams.set(AT, cityTime(at));
    window.history.replaceState(window.history.state, "", url);
  }

  // As people in the city write it: 2026-11-27T12:40:00+08:00.
  function cityTime(ms) {
    return `${cityops.format.axisTime(ms)}+08:00`;
  }

  function show() {
    const state = kept.get(at);
    if (!state) return;
    shown = at;
    cityops.ages.stand(at);
    cityops.live.take(state);
    cityops.ages.tick();
    bar();
  }

  // The moments that are still to be fetched: the one that is asked for, then those that come while it plays.
  function wanted() {
    const ahead = timer ? Array.from({ length: AHEAD }, (_, n) => at + (n + 1) * speed * 1000) : [];
    return [at, ...ahead].find((moment) => !kept.has(moment) && moment < cityops.ages.present() - 1000);
  }

  async function ask() {
    if (isAsking || at === null) return;
    const moment = refused ? undefined : wanted();
    if (moment === undefined) return;
    isAsking = true;
    try {
      const query = new URLSearchParams({ region: cityops.context.region, at: cityTime(moment) });
      keep(moment, await fetched(`${FROM}?${query}`));
    } catch (error) {
      if (error.problem) refused = error.problem;
      else await new Promise((done) => setTimeout(done, AGAIN_MS)); // the line is bad: again, and not at once
    }
    isAsking = false;
    if (at !== null && shown !== at && kept.has(at)) show();
    bar();
    ask();
  }

  async function fetched(path) {
    const answer = await fetch(path, { cache: "no-store" });
    if (answer.ok) return answer.json();
    const error = new Error(`${answer.status}`);
    const isFinal = [403, 404, 410, 422].includes(answer.status);
    if (isFinal) error.problem = (await answer.json().catch(() => ({}))).detail || String(answer.status);
    throw error;
  }

  function keep(moment, state) {
    kept.set(moment, state);
    for (const old of kept.keys()) {
      if (kept.size <= KEPT) break;
      if (old !== shown) kept.delete(old);
    }
  }

  // The span of the bar holds the playhead; where it leaves it, another one is asked for.
  async function reach() {
    const holds = timeline && at >= timeline.from && at <= timeline.to;
    if (holds || timeline?.isAsked) return;
    const from = Math.floor((at - BEFORE * SPAN_MS) / STEP_MS) * STEP_MS;
    timeline = { from, to: from + SPAN_MS, isAsked: true };
    const query = new URLSearchParams({ region: cityops.context.region, start: cityTime(from), end: cityTime(from + SPAN_MS) });
    const told = await fetched(`${FROM}/timeline?${query}`).catch(() => null);
    timeline = told ? { from, to: from + SPAN_MS, told } : { from, to: from + SPAN_MS };
    if (at !== null) reach();
    bar();
  }

  function play() {
    if (timer) return;
    refused = "";
    timer = setInterval(step, BEAT_MS);
    bar();
    ask();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
  }

  // Nothing is passed over: a state that is still under way is waited for.
  function step() {
    if (shown !== at) return;
    const next = at + speed * 1000;
    if (next >= cityops.ages.present() - 1000) pause();
    else go(next);
  }

  function move(ms) {
    refused = "";
    go(at + ms);
  }

  function faster(by) {
    speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(speed) + by))];
    bar();
    ask();
  }

  // ---- what is drawn

  function place(id) {
    if (document.getElementById(id)) return;
    const made = document.createElement("div");
    made.id = id;
    document.querySelector(".canvas").append(made);
  }

  function bar() {
    if (at === null) return;
    place("replay-head");
    place("replay");
    render("replay-head", [head(), div("replay-frame")].map(keyed));
    render("replay", [keys(), chart()].map(keyed));
  }

  function keyed(element, place) {
    return window.React.cloneElement(element, { key: place });
  }

  function head() {
    const now = cityops.ages.present();
    const { red, orange } = present?.alarms || {};
    const told = present ? cityops.text("replay.present_alarms", { red, orange }) : "";
    return div(
      "replay-now",
      span("replay-chip", cityops.text("replay.chip")),
      span("replay-present", [cityops.text("replay.present", { time: dayTime(now) }), told].filter(Boolean).join(" · ")),
    );
  }

  function dayTime(ms) {
    return cityops.format.axisTime(ms).slice(5, 16).replace("T", " ");
  }

  function keys() {
    const state = kept.get(shown);
    const rate = part("b", { key: "rate" }, `${timer ? "▶" : "‖"} ${speed}×`);
    return div(
      "replay-keys",
      div("replay-speed", rate, " ", span("replay-exact", exact(state))),
      div("replay-hint", cityops.text("replay.keys.play")),
      div("replay-hint", cityops.text("replay.keys.move")),
      div("replay-hint", cityops.text("replay.keys.leave")),
    );
  }

  // How exact it is what is shown, or what it waits for.
  function exact(state) {
    if (refused) return refused;
    if (shown !== at || !state?.replay) return cityops.text("replay.waiting");
    return cityops.text(state.replay.kept === "readings" ? "replay.exact" : "replay.sums");
  }

  function chart() {
    const { from, to, told } = timeline || {};
    const x = (ms) => ((ms - from) / (to - from)) * WIDE;
    return part(
      "div",
      { className: "replay-chart", onPointerDown: seek, onPointerMove: (event) => event.buttons === 1 && seek(event) },
      told ? part("svg", { viewBox: `0 0 ${WIDE} 100`, preserveAspectRatio: "none" }, ...columns(told, x)) : null,
      ...(told?.marks || []).map((mark) => flag(mark, x)),
      ...hours(from, to, x),
      part("div", { className: "replay-head", style: { left: `${x(at) / 10}%` } }, span("replay-time", cityops.format.clock(at, false))),
    );
  }

  // Standing alarms each five minutes: grey, upon it orange, then red; what comes after the playhead is pale.
  function columns(told, x) {
    const start = Date.parse(told.start);
    const levels = [told.yellow.map((n, step) => sum(n, told.blue[step])), told.orange, told.red];
    const most = Math.max(1, ...told.red.map((_, step) => levels.reduce((all, level) => all + (level[step] || 0), 0)));
    return told.red.flatMap((_, step) => {
      const moment = start + step * STEP_MS;
      let base = 0;
      return levels.map((level, of) => {
        const n = level[step] || 0;
        const height = (n / most) * 100;
        base += height;
        const className = `replay-column of-${of}${moment > at ? " is-later" : ""}`;
        const box = { x: x(moment), y: 100 - base, width: x(moment + STEP_MS) - x(moment) - 1, height };
        return n ? part("rect", { key: `${step}-${of}`, className, ...box }) : null;
      });
    });
  }

  function sum(one, other) {
    return one === null ? null : one + other;
  }

  function flag({ at: moment, kind, count }, x) {
    const ms = Date.parse(moment);
    const words = cityops.text(`replay.mark.${kind}`, { time: cityops.format.clock(ms, false), n: count });
    const side = x(ms) > WIDE * 0.85 ? "is-left" : "";
    const jump = (event) => {
      event.stopPropagation();
      touched = performance.now();
      refused = "";
      go(ms + 1000);
    };
    return part(
      "button",
      { key: kind, type: "button", className: `replay-mark of-${kind} ${side}`, style: { left: `${x(ms) / 10}%` }, onPointerDown: jump },
      words,
    );
  }

  function hours(from, to, x) {
    if (!from) return [];
    const first = Math.ceil(from / 3_600_000) * 3_600_000;
    const all = Array.from({ length: Math.ceil((to - first) / 3_600_000) }, (_, n) => first + n * 3_600_000);
    const width = document.querySelector(".replay-chart")?.clientWidth || WIDE;
    const isNear = (ms) => (Math.abs(x(ms) - x(at)) / WIDE) * width < NEAR_PX;
    return all.filter((ms) => !isNear(ms)).map((ms) =>
      part("span", { key: ms, className: "replay-hour", style: { left: `${x(ms) / 10}%` } }, cityops.format.clock(ms, false)),
    );
  }

  function seek(event) {
    touched = performance.now();
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    pause();
    refused = "";
    go(timeline.from + share * (timeline.to - timeline.from));
  }

  const KEYS = {
    ArrowRight: (far) => move(far ? 10 * MINUTE_MS : MINUTE_MS),
    ArrowLeft: (far) => move(far ? -10 * MINUTE_MS : -MINUTE_MS),
    " ": () => (timer ? (pause(), bar()) : play()),
    "+": () => faster(1),
    "=": () => faster(1),
    "-": () => faster(-1),
    n: leave,
    Escape: leave,
  };

  // While the machine is open these keys are its own, before those of the scenes; R opens it.
  window.addEventListener(
    "keydown",
    (event) => {
      const isOther = event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea");
      if (isOther || document.querySelector("dialog[open]") || !document.getElementById("wall-body")) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const act = at === null ? key === "r" && (() => open(cityops.ages.present() - DEFAULT_BACK_MS)) : KEYS[key];
      if (!act) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      touched = performance.now();
      act(event.shiftKey);
    },
    true,
  );

  setInterval(guard, MINUTE_MS);

  return { begin, takes };
})();
