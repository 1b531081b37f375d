// Keeps a page that the server draws up to date: its moving part is asked for again and again, ages and remaining times
// pass in between, and a page that hears nothing any more says since when it stands still.
"use strict";

window.documents = (() => {
  const STILL_MS = 10_000; // without an answer for so long, the picture is not what is
  const MINUTE = 60;
  const spoken = JSON.parse(document.getElementById("spoken").textContent);
  let ahead = Date.parse(spoken.now) - Date.now(); // of the server's clock before this one
  let heard = now();
  let etag = null;
  let isLeft = false; // whether a part was left as it was because somebody writes in it
  let asking = Promise.resolve();
  const part = document.querySelector("[data-part]");

  // The server's time in ms since 1970: this computer's clock may be wrong.
  function now() {
    return Date.now() + ahead;
  }

  function text(key, values = {}) {
    const counted = spoken.texts[key].replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (_, name, one, other) =>
      String(values[name]) === "1" ? one : other,
    );
    return counted.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // "49 分", "1 时 51 分", "3 天": how long something lasts, in the two gravest units.
  function span(seconds) {
    const minutes = Math.floor(seconds / MINUTE);
    if (seconds < MINUTE) return text("span.s", { n: Math.max(0, Math.floor(seconds)) });
    if (minutes < 60) return text("span.m", { m: minutes });
    if (minutes < 48 * 60) return text("span.h", { h: Math.floor(minutes / 60), m: minutes % 60 });
    return text("span.d", { d: Math.floor(minutes / 1440) });
  }

  // Elements with a time say how long ago it was (`ago`), how long it lasts (`for`), or how far off it is (`due`).
  function pass() {
    const at = now();
    for (const element of document.querySelectorAll("time[data-words]")) {
      const seconds = (at - Date.parse(element.dateTime)) / 1000;
      const words = element.dataset.words;
      const key = words === "due" ? (seconds > 0 ? "span.over" : "span.left") : `span.${words}`;
      const said = text(key, { span: span(Math.abs(seconds)) });
      if (element.textContent !== said) element.textContent = said;
      if (words === "due") element.classList.toggle("is-over", seconds > 0);
    }
    const age = document.getElementById("age");
    if (age) age.textContent = `${clock(at).slice(0, 5)} · ${text("span.ago", { span: span((at - heard) / 1000) })}`;
    const still = part !== null && at - heard > STILL_MS; // what does not move says itself of when it is
    document.body.classList.toggle("is-still", still);
    const banner = document.getElementById("still");
    banner.hidden = !still;
    if (still) banner.textContent = text("document.still", { at: clock(heard), span: span((at - heard) / 1000) });
  }

  function clock(ms) {
    return new Date(ms + 8 * 3600 * 1000).toISOString().slice(11, 19); // the city keeps UTC+8 all year
  }

  // Put the parts that differ in the place of those that stand there; one in which somebody writes is left alone.
  function put(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    isLeft = false;
    merge(part, fresh.content);
    document.dispatchEvent(new CustomEvent("documents:put"));
    pass();
  }

  // What stays is not moved: an element that leaves the page for a moment loses focus, and where it was scrolled to.
  function merge(old, fresh) {
    const keys = new Set([...fresh.children].map((one) => one.dataset.key));
    for (const one of [...old.children]) if (one.dataset.key && !keys.has(one.dataset.key)) one.remove();
    const known = new Map([...old.children].map((one) => [one.dataset.key, one]));
    let at = old.firstChild;
    for (const one of [...fresh.childNodes]) {
      const key = one.dataset?.key;
      const match = key ? known.get(key) : at && alike(at, one) && at;
      while (key && match && at && !at.dataset?.key) at = without(at);
      if (match && match === at) at = at.nextSibling;
      else old.insertBefore(match || one, at);
      if (match) renew(match, one);
    }
    while (at) at = without(at);
  }

  function renew(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
    } else if (!old.dataset.key) {
      for (const { name } of [...old.attributes]) if (!isFold(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
      for (const { name, value } of fresh.attributes) if (!isFold(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
      merge(old, fresh);
    } else if (old.dataset.seen !== fresh.dataset.seen) {
      isLeft ||= isWriting(old);
      if (!isWriting(old)) replace(old, fresh);
    }
  }

  // What somebody has folded up or unfolded stays so.
  function isFold(element, name) {
    return name === "open" && element.nodeName === "DETAILS";
  }

  function replace(old, fresh) {
    const hadFocus = old === document.activeElement;
    old.replaceWith(fresh);
    if (hadFocus) fresh.focus({ preventScroll: true });
  }

  function alike(old, fresh) {
    return old.nodeName === fresh.nodeName && !old.dataset?.key;
  }

  function without(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  // Whether somebody writes in an element: a form of it is open, or a field of it has the focus.
  function isWriting(element) {
    const active = document.activeElement;
    const hasField = element.contains(active) && active.matches("input, select, textarea");
    return hasField || element.querySelector("details[open]") !== null;
  }

  // One question after the other: an answer from before an act shall not come after the one from behind it.
  function refresh() {
    asking = asking.then(ask, ask);
    return asking;
  }

  async function ask() {
    if (!part) return;
    const headers = etag ? { "If-None-Match": etag } : {};
    try {
      const answer = await fetch(part.dataset.part, { headers, signal: AbortSignal.timeout(STILL_MS) });
      if (answer.status === 401) return window.location.reload();
      if (answer.status !== 200 && answer.status !== 304) return;
      ahead = Date.parse(answer.headers.get("X-Now") ?? answer.headers.get("Date")) - Date.now();
      heard = now();
      if (answer.status === 304) return;
      put(await answer.text());
      etag = isLeft ? null : answer.headers.get("ETag"); // what was left is asked for again
    } catch (error) {
      if (!(error instanceof TypeError) && error.name !== "TimeoutError") throw error; // else: the line is bad
    }
  }

  async function keepUp(every) {
    await refresh();
    setTimeout(keepUp, every, every);
  }

  // An address may name an act (`#return`), whose form is then open.
  function openNamed() {
    const named = [...document.querySelectorAll("form [name=act]")].find((one) => `#${one.value}` === window.location.hash);
    for (let one = named?.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
    named?.closest("details")?.scrollIntoView({ block: "nearest" });
  }

  if (part) setTimeout(keepUp, Number(part.dataset.every), Number(part.dataset.every));
  setInterval(pass, 1000);
  pass();
  openNamed();
  addEventListener("hashchange", openNamed);

  // Dark or light: the address says which.
  addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
    if (event.key.toLowerCase() !== "t" || isOther || event.target.closest("input, select, textarea")) return;
    document.querySelector("[data-turn]")?.click();
  });

  return { now, text, span, refresh, put, isWriting };
})();
