// Ages and the clock: counted here every second from the server's time, so that they grow also when nothing comes.
"use strict";

cityops.ages = (() => {
  const WORDS = ["short", "lasting", "lasting-over", "span"]; // how an age is put; "8 s ago" unless its class says otherwise
  let skewMs = 0; // server's clock minus this computer's

  let standsAt = null; // while the wall shows a moment that has gone: its clock is that moment

  function now() {
    return standsAt ?? present();
  }

  function present() {
    return Date.now() + skewMs;
  }

  // Have all ages and the clock be those of a moment; null: of the present again.
  function stand(ms) {
    standsAt = ms;
  }

  function setServerTime(text) {
    skewMs = Date.parse(text) - Date.now();
  }

  // An element whose text is the age of `asOf`; it is filled here, and React, which gave it no child, leaves it alone.
  function element(asOf, cadenceS, className = "age") {
    if (!asOf) return cityops.span(className, "—");
    return cityops.part("span", { className, "data-as-of": asOf, "data-cadence": cadenceS || 0, ref: (span) => span && fill(span) });
  }

  // An element that says how long there is still until `at`, or for how long that has been over.
  function due(at) {
    return cityops.part("span", { className: "due-words", "data-due": at, ref: (span) => span && count(span) });
  }

  function count(span) {
    span.textContent = cityops.format.due((Date.parse(span.dataset.due) - now()) / 1000);
  }

  // Gravest of what the server judged and what this age means by now.
  function freshness(judged, asOf, cadenceS) {
    if (judged === "silent" || judged === "manual" || !asOf || !cadenceS) return judged;
    const age = (now() - Date.parse(asOf)) / 1000;
    const { fresh, late } = cityops.context.intervals;
    if (age > late * cadenceS) return "silent";
    return age > fresh * cadenceS ? "late" : judged;
  }

  function fill(span) {
    const words = WORDS.find((one) => span.classList.contains(`is-${one}`)) || "ago";
    const seconds = (now() - Date.parse(span.dataset.asOf)) / 1000;
    span.textContent = words === "span" ? cityops.format.span(seconds) : cityops.format.age(seconds, words);
    const holder = span.closest("[data-judged]");
    if (holder) {
      holder.dataset.freshness = freshness(holder.dataset.judged, span.dataset.asOf, Number(span.dataset.cadence));
    }
  }

  function tick() {
    if (!cityops.context) return;
    document.querySelectorAll("[data-as-of]").forEach(fill);
    document.querySelectorAll("[data-due]").forEach(count);
    for (const time of document.querySelectorAll(".clock-time")) time.textContent = cityops.format.clock(now());
    for (const date of document.querySelectorAll(".clock-date")) date.textContent = cityops.format.date(now());
  }

  setInterval(tick, 1000);
  return { now, present, stand, setServerTime, element, due, freshness, tick };
})();
