// The data page: the controls write the address and never the other way round by themselves; periods of the list; copying.
"use strict";

cityops.data = (() => {
  const NAMES = ["indicator", "compare", "region", "level", "only", "interval", "start", "end", "against"];
  const TIMES = ["start", "end"];
  const NEWEST = "newest"; // as many periods as the server says: the address names no time
  const PERIODS = ["today", "24h", "7d", "30d", "year", "last_year"];
  const KEPT = ["view", "lang", "theme"]; // of the address, whatever is chosen
  const DEPTH = { city: 0, district: 1, street: 2 };
  const LENGTH_MS = { "5min": 300e3, hour: 3600e3, day: 86400e3 };
  const MONTHS = { month: 1, quarter: 3, year: 12 };
  const INTERVALS = [...Object.keys(LENGTH_MS), ...Object.keys(MONTHS)]; // the finest first
  const DAY_MS = 86400e3;
  const LONGEST_MS = { "5min": 3 * DAY_MS, hour: 62 * DAY_MS, day: 1100 * DAY_MS }; // those of months serve decades
  const SPANS_MS = { "24h": DAY_MS, "7d": 7 * DAY_MS, "30d": 30 * DAY_MS };
  const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/;
  const CITY_OFFSET_MS = 8 * 3600e3; // the city keeps UTC+8 all year, and so its days begin at 16:00 UTC
  const EARLIEST = "2000-01-01"; // a year that is still being typed comes before it
  const COPIED_MS = 2000;

  let shown = null; // the values that the address stands for now
  let known = {}; // by indicator: the intervals and levels that have an answer

  // A level that the region can be divided by: its own where the chosen one is wider.
  function fitting(level, region) {
    const own = { 6: region.endsWith("00") ? "city" : "district", 9: "street" }[region.length];
    return DEPTH[level] < DEPTH[own] ? own : level;
  }

  function choose(...values) {
    known = values.pop();
    const choice = values.pop();
    const chosen = Object.fromEntries(NAMES.map((name, place) => [name, values[place]]));
    chosen.compare = (chosen.compare || []).filter((code) => code !== chosen.indicator).join(",");
    for (const end of TIMES) chosen[end] = timed(chosen[end], `data-${end}`);
    chosen.level = fitting(chosen.level, chosen.region);
    const moved = chosen.region !== choice.region || chosen.level !== choice.level;
    chosen.only = moved ? "" : (chosen.only || []).join(",");
    const isSameTime = chosen.start === choice.start && chosen.end === choice.end;
    chosen.period = isSameTime ? choice.period || "" : ""; // what goes along with the clock, until a time is typed
    write(toFit(chosen, choice), choice);
  }

  // A time as addresses have it; of a day its beginning. A field with anything else is marked, and waits.
  function timed(text, id) {
    const given = (text || "").trim().replace(" ", "T");
    const fits = TIME.test(given) && !Number.isNaN(wallMs(given.length === 10 ? `${given}T00:00` : given));
    const field = document.getElementById(id);
    if (field) field.setAttribute("aria-invalid", !fits);
    if (!fits) return null;
    return given.length === 10 ? `${given}T00:00` : given;
  }

  // What all chosen indicators have an answer by, in order; all where nothing is known of them.
  function common(chosen, kind, every) {
    const codes = [chosen.indicator, ...chosen.compare.split(",")].filter((code) => known[code]);
    return every.filter((one) => codes.every((code) => known[code][kind].includes(one)));
  }

  // The choice with an interval and a level that its indicators have; another interval starts with its newest time.
  function toFit(chosen, standing) {
    const intervals = common(chosen, "intervals", INTERVALS);
    const levels = common(chosen, "levels", Object.keys(DEPTH));
    const fit = { ...chosen };
    if (intervals.length) fit.interval = nearest(chosen.interval, intervals, INTERVALS);
    if (levels.length) fit.level = nearest(chosen.level, levels, Object.keys(DEPTH));
    if (fit.level !== chosen.level) fit.only = "";
    if (fit.level === "city") fit.region = cityOf(chosen.region);
    const codes = [fit.indicator, ...fit.compare.split(",")].filter((code) => known[code]);
    if (fit.against === "to_date" && !codes.every((code) => known[code].toDate)) fit.against = "";
    const isOther = fit.interval !== standing.interval && wallMs(fit.end) - wallMs(fit.start) < 2 * lengthMs(fit.interval);
    if (isOther) return { ...fit, period: NEWEST };
    const isMoved = fit.interval !== standing.interval && fit.period === NEWEST;
    return isMoved ? { ...fit, period: named(standing) } : fit; // of another interval the newest are another time
  }

  // The period of the list that a choice's time is now; none where it is no such.
  function named({ start, end, interval }) {
    const isIt = (name) => preset(name, interval).start === start && preset(name, interval).end === end;
    return PERIODS.find(isIt) || "";
  }

  function nearest(wanted, fits, order) {
    const away = (one) => Math.abs(order.indexOf(one) - order.indexOf(wanted));
    return fits.reduce((best, one) => (away(one) < away(best) ? one : best));
  }

  function cityOf(region) {
    return `${region.slice(0, 4)}00`;
  }

  function lengthMs(interval) {
    return LENGTH_MS[interval] || MONTHS[interval] * 31 * DAY_MS;
  }

  // Put the choice into the address, as a step of the browser's history, if it differs from what stands there.
  function write(chosen, standing) {
    const times = [chosen.start, chosen.end];
    const period = chosen.period || "";
    if (!chosen.indicator || (!period && times.some((time) => !time || time < EARLIEST))) return;
    if (period === (standing.period || "") && NAMES.every((name) => chosen[name] === standing[name])) return;
    const query = new URLSearchParams();
    const isAsked = (name) => chosen[name] && !(period && TIMES.includes(name));
    for (const name of NAMES) if (isAsked(name)) query.set(name, chosen[name]);
    if (period && period !== NEWEST) query.set("period", period);
    const samePlaces = ["region", "level", "only"].every((name) => chosen[name] === standing[name]);
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
    for (const button of document.querySelectorAll("[data-period]")) {
      const { start, end } = preset(button.dataset.period, choice.interval);
      button.setAttribute("aria-pressed", choice.start === start && choice.end === end);
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

  // Where the interval begins that holds a moment, and where one begins so many later.
  function floor(ms, interval) {
    if (LENGTH_MS[interval]) return Math.floor(ms / LENGTH_MS[interval]) * LENGTH_MS[interval];
    const at = new Date(ms);
    const month = at.getUTCMonth();
    return Date.UTC(at.getUTCFullYear(), month - (month % MONTHS[interval]), 1);
  }

  function after(ms, interval) {
    if (LENGTH_MS[interval]) return ms + LENGTH_MS[interval];
    return floor(Date.UTC(new Date(ms).getUTCFullYear(), new Date(ms).getUTCMonth() + MONTHS[interval], 1), interval);
  }

  // From when to when a period of the list is: to the end of the running interval, but for last year.
  function preset(name, interval) {
    const now = cityops.ages.now() + CITY_OFFSET_MS;
    const end = after(floor(now, interval), interval);
    const year = new Date(now).getUTCFullYear();
    if (name === "last_year") return { start: wallText(Date.UTC(year - 1, 0, 1)), end: wallText(Date.UTC(year, 0, 1)) };
    const start = { today: floor(now, "day"), year: Date.UTC(year, 0, 1) }[name] ?? end - SPANS_MS[name];
    return { start: wallText(start), end: wallText(end) };
  }

  // A period of the list is asked for by the interval that stands, or by the next one that serves so long a time.
  function choosePeriod(name) {
    const fits = common(shown, "intervals", INTERVALS);
    const serves = (interval) => {
      const { start, end } = preset(name, interval);
      const span = wallMs(end) - wallMs(start);
      return span <= (LONGEST_MS[interval] || Infinity) && span >= (LENGTH_MS[interval] || 0);
    };
    const coarser = fits.filter((one) => INTERVALS.indexOf(one) >= INTERVALS.indexOf(shown.interval));
    const interval = coarser.find(serves) || shown.interval;
    write({ ...shown, interval, ...preset(name, interval), period: name }, shown);
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
    const period = event.target.closest("#data-quick [data-period]");
    if (period) choosePeriod(period.dataset.period);
    const copied = event.target.closest("[data-copy]");
    if (copied) copy(copied);
  });
  document.addEventListener("submit", (event) => event.preventDefault()); // Enter in a field is no reload

  return { choose, show };
})();

window.dash_clientside.data = cityops.data;
