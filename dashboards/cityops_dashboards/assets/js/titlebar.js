// The title bar's right end: one light for all data with its age, how many sources are on time, the mode; the switch of
// the theme; and what spares a wall that hangs for years: fainter words by night, a picture that moves by two pixels.
"use strict";

cityops.titlebar = (() => {
  const { span, part, render } = cityops.bound;
  const MINUTE_MS = 60_000;
  const SHIFTED = [[0, 0], [2, 0], [2, 2], [0, 2], [-2, 2], [-2, 0], [-2, -2], [0, -2], [2, -2]];
  const STAYS_MIN = 10;
  const NIGHT = [22, 6]; // hours of the city

  let newest = null;
  let isCut = false;

  function asOf(state) {
    newest = state;
    show();
  }

  // The line is cut or whole again.
  function cut(isOld) {
    if (isOld === isCut) return;
    isCut = isOld;
    if (newest) show();
  }

  function show() {
    render("as-of", [data(newest), sources(newest.sources)]);
    render("mode", mode(newest.mode));
  }

  function data({ as_of: time, sources: sending }) {
    return part(
      "div",
      { className: "as-of-data", "data-judged": "fresh", key: "data", title: time ? cityops.format.clock(Date.parse(time)) : "" },
      cityops.sources.light(isCut ? "silent" : cityops.sources.worst(sending)),
      span("as-of-word", cityops.text("title.data")),
      cityops.ages.element(time, 60, "age as-of-time"),
    );
  }

  // Those that send from the region that is shown, not all of the platform.
  function sources(sending) {
    const [all, fresh] = [sending.length, sending.filter((one) => one.freshness === "fresh").length];
    const counted = [span("as-of-count", `${fresh}/${all}`), cityops.text("title.sources")];
    return part("div", { className: "as-of-sources", key: "sources" }, ...(isCut ? [cityops.text("title.cut")] : counted));
  }

  // An outline as usual, inverse where it is not; a drill says so in every mode.
  function mode(told) {
    if (!told) return null;
    const isUsual = told.kind === "normal";
    const words = told[`title_${cityops.context.lang}`] || cityops.text(`mode.${told.kind}`);
    const chip = part("span", { className: isUsual ? "mode" : "mode is-on", key: "mode" }, words, planned(told));
    return [chip, told.drill && part("span", { className: "mode is-on", key: "drill" }, cityops.text("mode.drill"))];
  }

  // A response goes on past its planned end: that it has passed is for somebody to end it.
  function planned({ until }) {
    if (!until) return null;
    const time = cityops.format.clock(Date.parse(until), false);
    const isOver = Date.parse(until) < cityops.ages.now();
    return span("mode-until", cityops.text(isOver ? "mode.passed" : "mode.until", { time }));
  }

  // Charts of plotly have their colours from the server: a page with one is loaded anew.
  function turn() {
    const address = new URL(window.location.href);
    const light = address.searchParams.get("theme") !== "light";
    if (light) address.searchParams.set("theme", "light");
    else address.searchParams.delete("theme");
    if (document.querySelector(".js-plotly-plot")) {
      window.location.assign(address);
      return;
    }
    window.history.replaceState(window.history.state, "", address);
    document.documentElement.dataset.theme = light ? "light" : "dark";
    // Dash draws the next scene from the address that it remembers.
    if (document.getElementById("wall-body")) window.dash_clientside.set_props("url", { search: address.search });
    for (const link of document.querySelectorAll("a[href]")) kept(link, light);
  }

  function kept(link, light) {
    const address = new URL(link.href);
    if (address.origin !== window.location.origin) return;
    if (light) address.searchParams.set("theme", "light");
    else address.searchParams.delete("theme");
    link.href = address;
  }

  // Where the picture lies at a moment, and whether it is night there.
  function spared(ms) {
    const hour = Number(cityops.format.clock(ms).slice(0, 2));
    const place = SHIFTED[Math.floor(ms / (STAYS_MIN * MINUTE_MS)) % SHIFTED.length];
    return { isNight: hour >= NIGHT[0] || hour < NIGHT[1], shift: place.map((px) => `${px}px`).join(" ") };
  }

  function spare() {
    const { isNight, shift } = spared(cityops.ages.now());
    document.documentElement.classList.toggle("is-night", isNight);
    document.documentElement.style.setProperty("--shift", shift);
  }

  document.addEventListener("keydown", (event) => {
    const isOther = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
    if (event.key.toLowerCase() === "t" && !isOther && !event.target.closest("input, select, textarea")) turn();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-turn]") && turn());
  // The space bar opens what it stands on, and holds no scene then.
  document.addEventListener("keydown", (event) => event.target.closest("summary") && event.stopPropagation(), true);
  setInterval(spare, MINUTE_MS);
  spare();

  return { asOf, cut, spared };
})();
