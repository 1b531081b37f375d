// Loads a page that stands open for weeks anew: once a day at four in the morning of the city, and soon after the server has
// become another version. Never while a grave alarm stands, somebody uses the page, or a part is away: then what would
// come in its place may be a notice or a sign-in page, and the last picture is worth more.
"use strict";

cityops.watchdog = (() => {
  const QUIET_HOUR = 4;
  const LEAST_MS = 20 * 3600_000; // between two times, so that it is once a day
  const IDLE_MS = 10 * 60_000;
  const LOOK_MS = 30_000;
  const SPREAD_MS = 30 * 60_000; // fifty walls do not come all at once
  const KEPT = "cityops.reloaded";

  const opened = Date.now();
  const later = Math.random() * SPREAD_MS;
  let touched = Date.now();
  let version = null; // of the server that the page came from
  let isOther = false;
  let isWell = false;
  let isGrave = false;

  function see({ alarms }) {
    isGrave = Boolean(alarms && alarms.red + alarms.orange > 0);
  }

  // What the server says of its version, and whether all parts answer.
  function hear(told, isUp) {
    isWell = isUp;
    if (!told) return;
    version ||= told;
    isOther = told !== version;
  }

  function isQuietHour() {
    const [hour, minute] = cityops.format.clock(cityops.ages.now()).split(":").map(Number);
    return hour === QUIET_HOUR && minute * 60_000 >= later;
  }

  function lastTime() {
    return Math.max(Number(window.sessionStorage.getItem(KEPT)), isOther ? 0 : opened);
  }

  function isDue() {
    if (!cityops.context || !isWell || isGrave || Date.now() - touched < IDLE_MS) return false;
    return Date.now() - lastTime() >= LEAST_MS && (isOther || isQuietHour());
  }

  async function look() {
    if (!isDue()) return;
    const answer = await fetch("/me", { cache: "no-store", signal: AbortSignal.timeout(LOOK_MS) }).catch(() => null);
    if (!answer?.ok || !isDue()) return; // who is not let in any more keeps the picture
    window.sessionStorage.setItem(KEPT, String(Date.now()));
    window.location.reload();
  }

  for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
    window.addEventListener(name, () => (touched = Date.now()), { passive: true });
  }
  setInterval(look, LOOK_MS);
  return { see, hear };
})();
