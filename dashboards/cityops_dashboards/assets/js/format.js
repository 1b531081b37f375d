// Numbers, times and warning levels as people read them.
"use strict";

cityops.format = (() => {
  const CITY_OFFSET_MS = 8 * 3600 * 1000; // the city keeps UTC+8 all year, whatever zone the screen's computer is in
  const AGES = [
    ["s", 1, 100],
    ["m", 60, 6000],
    ["h", 3600, 48 * 3600],
    ["d", 86400, Infinity],
  ];
  const BIG = { zh: [1e8, 1e4], en: [1e6, 1e3] };
  const formats = {}; // by decimals
  const FLOAT32_NOISE = 6e-8; // half of what two neighbouring 32-bit floats differ by, relative to them

  // As warnings are compared (cityops.domain.metrics.at_decimals): what is shown as 0.30 has the level of 0.30. Halves
  // go away from zero, also where a float lies a little below one, and −0.04 is 0, not −0.
  function rounded(value, decimals) {
    const scale = 10 ** decimals;
    return (Math.sign(value) * Math.floor(Math.abs(value) * scale * (1 + FLOAT32_NOISE) + 0.5)) / scale + 0;
  }

  function number(value, decimals) {
    if (value === null || value === undefined) return "—";
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    formats[decimals] ||= new Intl.NumberFormat("en-US", digits); // made once: it costs more than all it formats
    return formats[decimals].format(rounded(value, decimals)).replace("-", "−");
  }

  // Large counts in 万 and 亿, or k and M.
  function count(value) {
    if (value === null || value === undefined) return "—";
    const [million, thousand] = BIG[cityops.context.lang];
    if (value >= million) return cityops.text("big.high", { n: short(value / million) });
    if (value >= thousand * 10) return cityops.text("big.low", { n: short(value / thousand) });
    return number(value, 0);
  }

  function short(value) {
    return number(value, value >= 100 ? 0 : 1);
  }

  // Read the result with getUTC…: its UTC fields are the city's.
  function cityTime(ms) {
    return new Date(ms + CITY_OFFSET_MS);
  }

  function clock(ms, seconds = true) {
    return cityTime(ms).toISOString().slice(11, seconds ? 19 : 16);
  }

  function date(ms) {
    const at = cityTime(ms);
    return cityops.text("date", {
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      day: at.getUTCDate(),
      weekday: cityops.text(`weekday.${at.getUTCDay()}`),
    });
  }

  // Wall time of the city as plotly reads it.
  function axisTime(ms) {
    return cityTime(ms).toISOString().slice(0, 19);
  }

  // "8 s ago"; "8 s" where there is little room; "for 8 s" of what lasts, "for over 8 s" where its begin is not known.
  function age(seconds, words) {
    const [unit, length] = AGES.find(([, , until]) => seconds < until);
    const n = Math.max(0, Math.floor(seconds / length));
    return words === "ago" && seconds < 1 ? cityops.text("age.now") : cityops.text(`age.${words}.${unit}`, { n });
  }

  // "49 分", "1 时 51 分", "3 天": how long something lasts, in the two gravest units.
  function span(seconds) {
    const minutes = Math.floor(seconds / 60);
    if (minutes < 1) return cityops.text("span.s", { n: Math.max(0, Math.floor(seconds)) });
    if (minutes < 60) return cityops.text("span.m", { m: minutes });
    if (minutes < 48 * 60) return cityops.text("span.h", { h: Math.floor(minutes / 60), m: minutes % 60 });
    return cityops.text("span.d", { d: Math.floor(minutes / 1440) });
  }

  // How long something still has, or how long it is over its time.
  function due(seconds) {
    return cityops.text(seconds < 0 ? "span.over" : "span.left", { span: span(Math.abs(seconds)) });
  }

  // When something began: the time, and before it the day where that is not today's.
  function onset(ms) {
    const [then, today] = [cityTime(ms).toISOString(), cityTime(cityops.ages.now()).toISOString()];
    return then.slice(0, 10) === today.slice(0, 10) ? then.slice(11, 16) : `${then.slice(5, 10)} ${then.slice(11, 16)}`;
  }

  // A warning level: colour and word together, nothing for level 0.
  function badge(level) {
    return level ? cityops.span(`badge level-${level}`, cityops.text(`warning.${level}`)) : null;
  }

  return { rounded, number, count, cityTime, clock, date, axisTime, age, span, due, onset, badge };
})();
