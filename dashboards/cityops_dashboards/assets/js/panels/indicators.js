// Indicators that come by days, months or years: a card each with value, period, change, the periods before it, threshold
// and target. What there is no value of says so and why; what there is no room for is left out whole, from the end.
"use strict";

cityops.indicators = (() => {
  const { div, span, part, render } = cityops.bound;
  const LEAST = [380, 172]; // pixels of a card
  const GAP = 16;
  const CURVE = [150, 56];
  const MORE = 28; // height of the line that counts those left out
  const sizes = new ResizeObserver(() => last && draw(...last));
  const watched = new WeakSet();

  let last = null;

  function draw(state, context) {
    last = [state, context];
    const place = document.getElementById("indicators");
    if (!place) return;
    watch(place);
    const { cards } = context;
    const { columns, rows, most } = room(place, cards.length);
    const more = cards.length - most;
    place.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    place.style.gridTemplateRows = more ? `repeat(${rows}, minmax(0, 1fr)) auto` : "";
    const shown = cards.slice(0, most).map((declared) => card(declared, found(state, declared.code), state));
    render("indicators", [...shown, more > 0 && part("div", { className: "indicator-more", key: "more" }, cityops.text("indicator.more", { n: more }))]);
  }

  // As many as stand there whole, above a line that counts the others; a page that scrolls, and is no wall's canvas, has
  // room for all.
  function room(place, count) {
    const across = fitting(place.clientWidth, LEAST[0]);
    const columns = Math.ceil(count / Math.ceil(count / across));
    const rows = Math.ceil(count / columns);
    if (!place.closest(".canvas") || rows <= fitting(place.clientHeight, LEAST[1])) return { columns, rows, most: count };
    const down = fitting(place.clientHeight - MORE - GAP, LEAST[1]);
    return { columns: across, rows: down, most: Math.min(count, across * down) };
  }

  function fitting(size, least) {
    return Math.max(1, Math.floor((size + GAP) / (least + GAP)));
  }

  function watch(place) {
    if (watched.has(place)) return;
    watched.add(place);
    sizes.observe(place);
  }

  function found(state, code) {
    return state.indicators?.find((one) => one.code === code);
  }

  function card(declared, one, state) {
    const isKnown = one && one.value !== null;
    const looks = ["indicator", isKnown ? "" : "is-missing", one?.late_since ? "is-late" : ""].filter(Boolean).join(" ");
    return part(
      "article",
      { className: looks, "data-indicator": declared.code, key: declared.code },
      div("indicator-name", declared.name, one && cityops.format.badge(one.warning)),
      ...(isKnown ? told(one, declared) : [div("indicator-lack", lack(one, state))]),
    );
  }

  function told(one, declared) {
    const number = cityops.format.number(one.value, declared.decimals);
    return [
      div(
        "indicator-now",
        part("div", { className: "indicator-figure", ...cityops.number.of(`indicator:${one.code}`) }, span("indicator-value figure", number), span("indicator-unit", declared.unit)),
        curve(one, declared),
      ),
      div("indicator-when", span("indicator-period", when(one)), late(one), one.quality && span("indicator-mark", cityops.text(`indicator.quality.${one.quality}`))),
      div("indicator-changes", ...changes(one, declared)),
      one.target && target(one.target, declared),
    ];
  }

  function curve(one, declared) {
    const drawn = { code: one.code, trend: { values: one.history }, band: null, limits: null };
    return one.history.filter((value) => value !== null).length > 1 && cityops.curves.small(drawn, declared, CURVE);
  }

  // Nothing is kept of the past; of a street, or of a level at which it does not come, nothing is told; else none has come.
  function lack(one, state) {
    if (state.indicators === null) return cityops.text("indicator.replay");
    if (!one) return cityops.text("indicator.no_level");
    if (!one.newest_end) return cityops.text("indicator.none");
    return cityops.text("indicator.old", { day: day(Date.parse(one.newest_end) - 1) });
  }

  // A period by its beginning: "11月20日", "10月", "2026年三季度"; one that is not over says so.
  function when(one) {
    const at = Date.parse(one.start);
    const said = named(one.period, at);
    return one.finished ? said : cityops.text("indicator.running", { period: said });
  }

  function named(period, at) {
    const year = cityops.format.cityTime(at).getUTCFullYear();
    const month = cityops.format.cityTime(at).getUTCMonth();
    const isThis = year === cityops.format.cityTime(cityops.ages.now()).getUTCFullYear();
    if (period === "year") return cityops.text("indicator.period.year", { year });
    if (period === "quarter") return cityops.text("indicator.period.quarter", { year, n: Math.floor(month / 3) + 1 });
    const name = cityops.text(`month.${month + 1}`);
    if (period === "month") return isThis ? name : cityops.text("indicator.period.month_of", { year, month: name });
    return period === "day" ? day(at) : `${day(at)} ${cityops.format.clock(at, false)}`;
  }

  function day(at) {
    const time = cityops.format.cityTime(at);
    return cityops.text("indicator.period.day", { month: cityops.text(`month.${time.getUTCMonth() + 1}`), day: time.getUTCDate() });
  }

  // By a shape and a word, not by a colour: nobody has to come running.
  function late({ late_since: since }) {
    if (!since) return null;
    const hours = (cityops.ages.now() - Date.parse(since)) / 1000;
    return span("indicator-late", cityops.text("indicator.late", { span: cityops.format.span(hours) }));
  }

  // Against the period before, and the same of a year before: in percent, and shares in points. What is summed since
  // the beginning of the year grows by itself, which is no change.
  function changes(one, declared) {
    const said = [
      ["previous", declared.kind === "cumulative" ? null : one.previous, one.change_percent],
      ["year", one.year_ago, one.year_change_percent],
    ];
    return said
      .filter(([, before, percent]) => before !== null && (percent !== null || isShare(declared)))
      .map(([name, before, percent]) => span("indicator-change", cityops.text(`indicator.change.${name}`, { change: change(one.value - before, percent, declared) })));
  }

  function isShare({ unit }) {
    return unit === "%";
  }

  function change(points, percent, declared) {
    const decimals = isShare(declared) ? declared.decimals : 1;
    const rounded = cityops.format.rounded(isShare(declared) ? points : percent, decimals);
    const number = `${rounded > 0 ? "+" : ""}${cityops.format.number(rounded, decimals)}`;
    return isShare(declared) ? cityops.text("indicator.points", { n: number }) : `${number}%`;
  }

  // How far it has come on its way; a target that nobody has published says that it is an example.
  function target(one, declared) {
    const value = `${cityops.format.number(one.value, declared.decimals)} ${declared.unit}`;
    const way = one.share !== null && cityops.text("indicator.target.way", { share: `${cityops.format.number(100 * one.share, 0)}%` });
    const said = [cityops.text(`indicator.target.${one.reached}`, { value }), one.is_reached ? cityops.text("indicator.target.reached") : way, one.example && cityops.text("indicator.target.example")];
    const bar = part("span", { className: "indicator-way", style: { width: `${100 * (one.share || 0)}%` } });
    return div("indicator-target", div("indicator-bar", bar), said.filter(Boolean).join(" · "));
  }

  return { draw, found, when, changes, lack };
})();

cityops.panels.indicators = { draw: (state, _, context) => cityops.indicators.draw(state, context) };
