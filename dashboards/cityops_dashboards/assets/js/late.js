// What Dash asked for and was not answered (too often, the server away): Dash keeps silent about it and asks no more. The page
// says so. The tables of a district are asked for again by their timer; the data page, whose address says what it is to
// show, and a page that did not come at all are loaded anew as soon as the server answers.
"use strict";

(() => {
  const AGAIN_MS = 5000;
  const PASSING = [0, 429, 502, 503, 504];
  let pending = null;

  const isAbsent = () => !document.querySelector("#page > *");

  function isLate({ name, responseStatus }) {
    if (new URL(name).pathname !== "/_dash-update-component" || responseStatus === undefined) return false;
    return PASSING.includes(responseStatus) || (responseStatus >= 400 && isAbsent());
  }

  function show(isShown) {
    const strip = document.getElementById("page-late");
    if (!strip) return;
    strip.textContent = isShown ? strip.dataset[document.documentElement.lang.slice(0, 2)] : "";
    strip.hidden = !isShown;
  }

  function wait() {
    show(true);
    pending = pending || setTimeout(again, AGAIN_MS);
  }

  async function again() {
    pending = null;
    if (!isAbsent() && !document.getElementById("data-results")) {
      show(false);
      return;
    }
    try {
      await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(AGAIN_MS) });
      window.location.reload();
    } catch {
      wait(); // else the browser would show a page of its own, which asks nobody
    }
  }

  new PerformanceObserver((list) => {
    if (list.getEntries().some(isLate)) wait();
  }).observe({ type: "resource", buffered: true });
})();
