// The data page: the controls write the address and never the other way round by themselves; quick periods; copying.
"use strict";

cityops.data = (() => {
  const NAMES = ["indicator", "compare", "region", "level", "interval", "start", "end"];
  const KEPT = ["view", "lang", "theme"]; // of the address, whatever is chosen
  const DEPTH = { city: 0, district: 1, street: 2 };
  const LENGTH_MS = { "5min": 300e3, hour: 3600e3, day: 86400e3 };
  const CITY_OFFSET_MS = 8 * 3600e3; // the city keeps UTC+8 all year, and so its days begin at 16:00 UTC
  const EARLIEST = "2000-01-01"; // a year that is still being typed comes before it
  const COPIED_MS = 2000;

  let shown = null; // the values that the address stands for now

  // A level that the region can be divided by: its own where the chosen one is wider.
  function fitting(level, region) {
    const own = { 6: region.endsWith("00") ? "city" : "district", 9: "street" }[region.length];
    return DEPTH[level] < DEPTH[own] ? own : level;
  }

  function choose(...values) {
    const choice = values.pop();
    const chosen = Object.fromEntries(NAMES.map((name, place) => [name, values[place]]));
    chosen.compare = (chosen.compare || []).filter((code) => code !== chosen.indicator).join(",");
    chosen.level = fitting(chosen.level, chosen.region);
    write(chosen, choice);
  }

  // Put the choice into the address, as a step of the browser's history, if it differs from what stands there.
  function write(chosen, standing) {
    const times = [chosen.start, chosen.end];
    if (!chosen.indicator || times.some((time) => !time || time < EARLIEST)) return;
    if (NAMES.every((name) => chosen[name] === standing[name])) return;
    const query = new URLSearchParams();
    for (const name of NAMES) if (chosen[name]) query.set(name, chosen[name]);
    const samePlaces = ["region", "level"].every((name) => chosen[name] === standing[name]);
    const standingQuery = new URLSearchParams(window.location.search);
    for (const name of samePlaces ? ["lines", ...KEPT] : KEPT) {
      if (standingQuery.has(name)) query.set(name, standingQuery.get(name));
    }
    const address = new URL(window.location.href);
    address.search = query;
    // both: with `search` alone Dash would first go back to the address that it remembers, without the lines
    window.dash_clientside.set_props("data-url", { search: address.search, href: address.href });
  }

  // A choice has come into force: the scripts know the page's language and time from here on.
  function show(choice, context) {
    shown = choice;
    cityops.context = context;
    document.title = cityops.text("data.tab");
    cityops.ages.setServerTime(choice.now);
    cityops.ages.tick();
    const spanMs = wallMs(choice.end) - wallMs(choice.start);
    const now = cityops.ages.now() + CITY_OFFSET_MS;
    const running = Math.floor(now / LENGTH_MS[choice.interval]) * LENGTH_MS[choice.interval];
    const upToNow = wallMs(choice.end) === running + LENGTH_MS[choice.interval];
    for (const button of document.querySelectorAll("[data-hours]")) {
      button.setAttribute("aria-pressed", upToNow && spanMs === button.dataset.hours * 3600e3);
      button.disabled = false;
    }
  }

  // A wall time as if it were UTC.
  function wallMs(text) {
    return Date.parse(`${text}Z`);
  }

  function wallText(ms) {
    return new Date(ms).toISOString().slice(0, 16);
  }

  // The newest so many hours, to the end of the running bucket.
  function quick(hours) {
    const length = LENGTH_MS[shown.interval];
    const end = (Math.floor((cityops.ages.now() + CITY_OFFSET_MS) / length) + 1) * length;
    write({ ...shown, start: wallText(end - hours * 3600e3), end: wallText(end) }, shown);
  }

  async function copy(button) {
    await put(new URL(button.dataset.copy, window.location.href).href);
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    button.disabled = true;
    setTimeout(() => {
      button.textContent = label;
      button.disabled = false;
    }, COPIED_MS);
  }

  // Offices open the page by plain HTTP, where browsers keep the clipboard's newer interface shut.
  async function put(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  document.addEventListener("click", (event) => {
    const quickly = event.target.closest("#data-quick [data-hours]");
    if (quickly) quick(Number(quickly.dataset.hours));
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
  });
  document.addEventListener("submit", (event) => event.preventDefault()); // Enter in a field is no reload

  return { choose, show };
})();

window.dash_clientside.data = cityops.data;
