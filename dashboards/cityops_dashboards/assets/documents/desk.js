// The desk by its keys: a row is chosen in one of the lists, what may be done with it stands beside with a key for each.
"use strict";

(() => {
  const SAID_MS = 8000;
  const [MOST_SAID, MOST_TONES] = [4, 6]; // at once
  const documents = window.documents;
  const chosen = {}; // key of the row, by list
  let here = "alarms"; // the list that the keys move in
  let loaded = null;
  let sound = localStorage.getItem("desk.sound") !== "off";
  let loud = null; // how many alarms nobody had acknowledged when it was last looked, by group
  let heard = null; // the newest notice; null: none could be had
  let hiding = 0;

  const rows = (list) => [...document.querySelectorAll(`[data-list="${list}"] [data-row]`)];
  const rowOf = (list) => rows(list).find((row) => row.dataset.row === chosen[list]);

  function choose(list, row) {
    if (!row) return;
    here = list;
    chosen[list] = row.dataset.row;
    mark();
    row.scrollIntoView({ block: "nearest" });
    load(row.dataset.detail);
  }

  function mark() {
    for (const list of ["alarms", "cases"]) {
      for (const row of rows(list)) row.classList.toggle("is-chosen", list === here && row.dataset.row === chosen[list]);
    }
  }

  async function load(address, isAgain = false) {
    const detail = document.getElementById("detail");
    if (!address || (isAgain && documents.isWriting(detail))) return;
    loaded = address;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    const html = await answer.text();
    if (loaded !== address || (isAgain && documents.isWriting(detail))) return; // begun while the answer was under way
    detail.innerHTML = html;
    document.dispatchEvent(new CustomEvent("documents:put"));
  }

  function move(by) {
    const all = rows(here);
    const at = all.findIndex((row) => row.dataset.row === chosen[here]);
    if (here === "cases" && at + by === all.length && turn("next")) return;
    choose(here, all[Math.min(all.length - 1, Math.max(0, at + by))]);
  }

  // The next cases in the place of these, or the first ones: the list holds so many alone, however many wait.
  function turn(way) {
    const link = document.querySelector(`[data-window="${way}"]`);
    if (!link) return false;
    const address = new URL(link.href);
    window.history.replaceState(null, "", address);
    address.searchParams.set("part", "lists");
    document.querySelector("[data-part]").dataset.part = address.pathname + address.search;
    documents.refresh().then(() => choose("cases", rows("cases")[0]));
    return true;
  }

  // The act whose key it is: sent at once, or its form opened at the first field.
  function act(key) {
    const button = document.querySelector(`#detail [data-hotkey="${CSS.escape(key)}"]`);
    if (!button) return false;
    if (button.tagName === "SUMMARY") {
      button.parentElement.open = true;
      button.parentElement.querySelector("input:not([type=hidden]), select, textarea, button")?.focus();
    } else {
      button.click();
    }
    return true;
  }

  const KEYS = {
    j: () => move(1),
    ArrowDown: () => move(1),
    k: () => move(-1),
    ArrowUp: () => move(-1),
    Tab: () => choose(here === "alarms" ? "cases" : "alarms", rowOf(here === "alarms" ? "cases" : "alarms") ?? rows(here === "alarms" ? "cases" : "alarms")[0]),
    "/": () => document.getElementById("filter")?.focus(),
    m: toggleSound,
    f: nameFilter,
    n: () => turn("next"),
    p: () => turn("start"),
  };

  // The form in which the filter that is shown gets a name.
  function nameFilter() {
    const details = document.querySelector(".saved details");
    if (!details) return;
    details.open = true;
    details.querySelector("[name=name]").focus();
  }

  // A filter that was removed stands ready to be saved again, until that is done or another one goes.
  function offerAgain({ name, todo, q }) {
    const again = document.getElementById("again");
    for (const [field, value] of Object.entries({ name, todo, q })) again.querySelector(`[name=${field}]`).value = value;
    again.querySelector("b").textContent = name;
    again.hidden = false;
  }

  function toggleSound() {
    sound = !sound;
    localStorage.setItem("desk.sound", sound ? "on" : "off");
    tellSound();
  }

  function tellSound() {
    document.getElementById("sound").textContent = documents.text(sound ? "document.sound_on" : "document.sound_off");
  }

  // A tone for each notice, two where it tells of the gravest. Where notices cannot be had, for what is seen to wait.
  function ring() {
    const now = document.querySelector("[data-unacknowledged]");
    if (!now) return;
    const grew = grown(now.dataset.unacknowledged);
    const notices = now.dataset.notices === undefined ? null : JSON.parse(now.dataset.notices);
    const tones = notices ? tell(notices) : grew ? tonesOf(Number(now.dataset.gravest)) : 0;
    heard = notices ? Math.max(heard ?? 0, ...notices.map((one) => one.id)) : null;
    if (tones && sound) tone(Math.min(tones, MOST_TONES));
  }

  const tonesOf = (level) => (level === 4 ? 2 : 1);

  // Whether more alarms of a group wait that nobody has acknowledged than did before.
  function grown(told) {
    const waits = new Map(told.split(" ").filter(Boolean).map(counted));
    const before = loud;
    loud = waits;
    return before !== null && [...waits].some(([group, n]) => n > (before.get(group) ?? 0));
  }

  // Say for some seconds what is told anew, and return for how many tones; what stood there already is known.
  function tell(notices) {
    const fresh = heard === null ? [] : notices.filter((one) => one.id > heard);
    const words = fresh.map((one) => one.words).filter(Boolean);
    if (words.length) say(words.slice(-MOST_SAID));
    return fresh.filter((one) => one.sounds).reduce((sum, one) => sum + tonesOf(one.level), 0);
  }

  function say(words) {
    const told = document.getElementById("told");
    if (!told) return;
    told.textContent = words.join("\n");
    told.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => {
      told.hidden = true;
    }, SAID_MS);
  }

  // "rule/region:3": so many alarms of a group.
  function counted(told) {
    const at = told.lastIndexOf(":");
    return [told.slice(0, at), Number(told.slice(at + 1))];
  }

  function tone(times) {
    const audio = new AudioContext();
    for (let n = 0; n < times; n += 1) {
      const source = audio.createOscillator();
      const gain = audio.createGain();
      source.frequency.value = 880;
      gain.gain.value = 0.2;
      source.connect(gain).connect(audio.destination);
      source.start(audio.currentTime + n * 0.35);
      source.stop(audio.currentTime + n * 0.35 + 0.2);
    }
    setTimeout(() => audio.close(), 2000);
  }

  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      event.target.closest("details")?.removeAttribute("open");
      event.target.blur();
    }
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = event.shiftKey && /^Digit([1-9])$/.exec(event.code)?.[1]; // what the key writes differs by its layout
    if (place) return document.querySelector(`[data-place="${place}"]`)?.click();
    const move_ = KEYS[event.key];
    if (!move_ && (event.repeat || !act(event.key.toLowerCase()))) return; // a key that is held down acts once
    event.preventDefault();
    move_?.();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-sound]")) return toggleSound();
    const turned = event.target.closest("[data-window]");
    if (turned) {
      event.preventDefault();
      return turn(turned.dataset.window);
    }
    const opened = event.target.closest("[data-open]");
    if (opened) {
      event.preventDefault();
      return load(opened.getAttribute("href"));
    }
    const row = event.target.closest("[data-row]");
    if (row) choose(row.closest("[data-list]").dataset.list, row);
  });

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.method === "DELETE") offerAgain(event.target.dataset);
    else if (event.target.id === "again") event.target.hidden = true;
  });
  document.addEventListener("documents:put", () => {
    ring();
    mark();
  });
  document.addEventListener("outbox:done", () => load(loaded, true)); // whose next act is on top of this one
  setInterval(() => load(loaded, true), 5000);
  tellSound();
  ring();
  choose("alarms", rows("alarms")[0]);
})();
