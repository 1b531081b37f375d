// What the own district or the city works under, on the pages that the server writes: a line at the top, a drill's mark.
"use strict";

(() => {
  const EVERY_MS = 3000;
  const { texts } = JSON.parse(document.getElementById("spoken").textContent);
  const { lang } = document.documentElement;
  const place = document.getElementById("mode");

  function text(key, values = {}) {
    return texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  // While the line is away the page itself says that it stands still.
  async function look() {
    try {
      const answer = await fetch("/relay/modes?open=true", { signal: AbortSignal.timeout(10_000) });
      if (answer.ok) tell((await answer.json()).items);
    } catch {
      // asked again
    }
    setTimeout(look, EVERY_MS);
  }

  // A district is in its own mode, else in the city's, whose code ends in 00.
  function tell(modes) {
    const own = modes.find((one) => one.region_code === document.body.dataset.modeOf);
    const mode = own || modes.find((one) => one.region_code.endsWith("00"));
    const title = mode && (lang === "en" ? mode.title_en : mode.title_zh);
    place.hidden = !mode;
    place.textContent = mode ? (mode.drill ? text("mode.drill_of", { title }) : title) : "";
    document.body.classList.toggle("is-drill", Boolean(mode?.drill));
    document.body.style.setProperty("--drill", JSON.stringify(text("mode.drill")));
  }

  look();
})();
