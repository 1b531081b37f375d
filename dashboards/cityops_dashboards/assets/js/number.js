// What a number means: a click, or Enter, on an element with `data-number` opens a dialog that tells its age, coverage,
// source, definition, thresholds and who answers for it; Esc closes it. `data-number` is `metric:CODE`, or with a region
// `metric:CODE:REGION`, or `count:` with the number's place in the state, such as `count:events.counts.overdue`,
// `own:` with the same of the scene's own matter, `group:RULE:REGION` of the worst value of a group of alarms, `class:CODE`
// of a class of cases, `indicator:CODE` of a card, or `place:` with what stands at a place of the map, such as `alarm 7,case 3`. While the dialog is
// open it follows the state; when nothing comes any more its age goes on.
"use strict";

cityops.number = (() => {
  const { div, span, part, render } = cityops.bound;
  const PLACE = "number-told";
  const BESIDE = 8; // of what stands at one place, besides the gravest

  let state = null;
  let asked = null;

  // What makes of an element a number that tells what it means. It belongs to one that stays as the value changes, or
  // the keys would lose their place. Not within a link: Enter there is the link's.
  function of(code) {
    return { "data-number": code, tabIndex: 0, role: "button", "aria-haspopup": "dialog" };
  }

  function draw(pushed) {
    state = pushed;
    if (asked) tell();
  }

  // The dialog is the browser's own: it keeps the keys, and gives them back to where they were.
  function dialog() {
    const found = document.getElementById("number");
    if (found) return found;
    const made = document.createElement("dialog");
    made.id = "number";
    made.className = "number";
    const told = document.createElement("div");
    told.id = PLACE;
    made.append(told);
    made.addEventListener("close", () => (asked = null));
    made.addEventListener("click", (event) => event.target === made && made.close()); // beside it
    document.body.append(made);
    return made;
  }

  function open(code) {
    if (!state || !cityops.context.numbers) return;
    asked = code;
    const shown = dialog();
    shown.style.zoom = document.querySelector(".canvas") ? Math.max(1, Math.min(window.innerWidth, window.innerHeight) / 1080) : 1; // walls are read from afar
    tell();
    if (!shown.open) shown.showModal();
  }

  function tell() {
    const [kind, name, region] = asked.split(":");
    const means = cityops.context.numbers[`${kind === "own" ? "count" : kind}:${name}`];
    const own = { group: () => group(name, region), place: () => place(name), class: () => ofClass(name), indicator: () => indicator(name) }[kind];
    const parts = own ? own() : !means ? null : kind === "metric" ? metric(name, region, means) : count(name, means, kind === "own");
    const closing = part("button", { className: "number-close", onClick: () => dialog().close(), "aria-label": cityops.text("number.close") }, "×");
    const said = parts || part("p", { className: "nothing" }, cityops.text("number.none"));
    render(PLACE, div("number-told", closing, said, div("number-hint", cityops.text("number.hint"))));
  }

  // As the state has it: of the region that the page is about whole, of a child its part, of a street its value alone.
  function metric(code, region, means) {
    const whole = state.metrics.find((one) => one.code === code);
    if (!whole) return null;
    const isOwn = !region || region === state.region.code;
    const found = isOwn ? whole : [...whole.regions, ...whole.streets].find((one) => one.code === region);
    if (!found) return null;
    const declared = cityops.context.metrics[code];
    const value = (one) => cityops.format.number(one, declared.decimals);
    return div(
      "number-parts",
      head(`${means.name} · ${regionName(isOwn ? state.region.code : region)}`, value(found.value), declared.unit, found.warning),
      rows([
        ["as_of", found.as_of && age(found.as_of, whole.expected_interval_s)],
        ["coverage", coverage(found, means)],
        ["before", isOwn && [cityops.text("number.yesterday", { value: value(whole.yesterday) }), cityops.text("number.last_week", { value: value(whole.last_week) })].join(" · ")],
        ["band", isOwn && usual(whole, value)],
        ["definition", means.definition],
        ["in_force", whole.limits && inForce(whole.limits, declared, value)],
        ["thresholds", thresholds(declared, value)],
        ["basis", declared.thresholds.some((one) => one !== null) && [means.basis || cityops.text("number.no_basis"), means.mark].filter(Boolean).join(" · ")],
        ["sources", sources(state.sources.filter((one) => means.sources.includes(one.code)))],
      ]),
    );
  }

  // A declared indicator: of which period it is, what it was before, and what its file says of it.
  function indicator(code) {
    const found = cityops.indicators.found(state, code);
    const declared = cityops.context.cards.find((one) => one.code === code);
    if (!found || !declared) return null;
    const value = (one) => cityops.format.number(one, declared.decimals);
    return div(
      "number-parts",
      head(`${declared.name} · ${regionName(state.region.code)}`, value(found.value), declared.unit, found.warning),
      rows([
        ["period", found.start && cityops.indicators.when(found)],
        ["change", cityops.indicators.changes(found, declared).flatMap((one, place) => (place ? [" · ", one] : [one]))],
        ["definition", declared.definition],
        ["thresholds", thresholds(declared, value)],
        ["basis", declared.basis && [declared.basis, declared.mark].filter(Boolean).join(" · ")],
        ["sources", declared.origins.map((one) => part("div", { key: one }, one))],
        ["owner", cityops.context.departments[declared.owner] || declared.owner],
      ]),
    );
  }

  // The worst of a group's own values, which its region's value need not be.
  function group(rule, region) {
    const found = state.alarms.groups.find((one) => one.rule_code === rule && one.region_code === region);
    const whole = state.metrics.find((one) => one.code === found?.metric);
    if (!whole) return null;
    const means = cityops.context.numbers[`metric:${whole.code}`];
    const declared = cityops.context.metrics[whole.code];
    const value = (one) => cityops.format.number(one, declared.decimals);
    const around = whole.regions.find((one) => region.startsWith(one.code)) || whole;
    return div(
      "number-parts",
      head(`${found[`name_${cityops.context.lang}`] || rule} · ${regionName(region)}`, value(found.value), declared.unit, found.level),
      rows([
        ["as_of", around.as_of && age(around.as_of, whole.expected_interval_s)],
        ["coverage", coverage(around, means)],
        ["definition", cityops.text("number.worst", { n: cityops.format.number(found.count, 0), name: means.name })],
        ["in_force", whole.limits && inForce(whole.limits, declared, value)],
        ["thresholds", thresholds(declared, value)],
        ["sources", sources(state.sources.filter((one) => means.sources.includes(one.code)))],
      ]),
    );
  }

  // An open alarm or an urgent case, with the way to its own page for whoever may go there; and what stands beside it.
  function place(keys) {
    const { context } = cityops;
    const wanted = keys.split(",");
    const [first, ...others] = cityops.marks.places(state).filter(({ key }) => wanted.includes(key));
    if (!first) return part("p", { className: "nothing" }, cityops.text("number.place_over"));
    const { title, figure, unit, under } = cityops.marks.words(first, context, Infinity);
    const declared = context.metrics[first.metric];
    const means = context.numbers[`metric:${first.metric}`];
    return div(
      "number-parts",
      head(title, figure, unit, first.level),
      rows([
        ["where", placeName(first)],
        ["since", first.since && age(first.since, 0)],
        ["who", under],
        ["case", first.case_number || first.number],
        ["thresholds", declared && thresholds(declared, (one) => cityops.format.number(one, declared.decimals))],
        ["sources", means && sources(state.sources.filter((one) => means.sources.includes(one.code)))],
        ["beside", others.length > 0 && others.slice(0, BESIDE).map((one) => part("div", { key: one.key }, cityops.marks.sentence(one, context)))],
        ["more", others.length > BESIDE && cityops.format.number(others.length - BESIDE, 0)],
      ]),
      ways(first),
    );
  }

  function ofClass(code) {
    const found = state.events.classes.find((one) => one.class_code === code);
    const whole = cityops.context.numbers["count:events.counts.reported_today"];
    if (!found) return null;
    const name = found[`name_${cityops.context.lang}`];
    const number = (n) => cityops.format.number(n, 0);
    const share = { numerator: name, denominator: whole.name, n: number(found.reported_today), of: number(state.events.counts.reported_today) };
    return div(
      "number-parts",
      head(`${name} · ${regionName(state.region.code)}`, number(found.reported_today), ""),
      rows([
        ["as_of", state.events.as_of && age(state.events.as_of, 0)],
        ["coverage", cityops.text("number.share", share)],
        ["definition", cityops.text("number.of_class")],
        ["sources", sources(state.sources.filter((one) => one.carries === whole.carries))],
      ]),
    );
  }

  function placeName({ region_code: code }) {
    const names = [regionName(code.slice(0, cityops.context.district_digits)), cityops.ground.streetName(code)];
    return [...new Set(names)].filter(Boolean).join(" ");
  }

  function ways({ id, level, device_code: device }) {
    const { links } = cityops.context;
    const href = level ? links.device?.replace("{code}", encodeURIComponent(device)) : links.case?.replace("{id}", id);
    return href && part("a", { className: "number-way", href }, cityops.text(level ? "number.to_device" : "number.to_case"));
  }

  // Of a scene's own matter it is counted as its panel counts it.
  function count(path, means, isOwn) {
    const value = isOwn ? cityops.matter.cases(state, cityops.context)?.counts[path.split(".").pop()] : at(path);
    const asOf = path.startsWith("events.") ? state.events.as_of : state.as_of;
    const of = means.of && at(means.of);
    const share = { numerator: means.numerator, denominator: means.denominator, n: cityops.format.number(value, 0), of: cityops.format.number(of, 0) };
    return div(
      "number-parts",
      head(`${means.name} · ${regionName(state.region.code)}`, cityops.format.number(value, 0), ""),
      rows([
        ["as_of", asOf && age(asOf, 0)],
        ["coverage", means.of && cityops.text("number.share", share)],
        ["definition", means.definition],
        ["matter", isOwn && matter()],
        ["sources", sources(state.sources.filter((one) => one.carries === means.carries))],
      ]),
    );
  }

  function matter() {
    const { classes, stages } = cityops.context.filters.cases;
    const named = (classes || []).map((code) => cityops.context.classes[code] || code);
    return [...named, ...(stages || []).map((one) => cityops.text(`stage.${one}`))].join(cityops.text("sit.and"));
  }

  function at(path) {
    return path.split(".").reduce((within, name) => within?.[name], state);
  }

  function regionName(code) {
    const known = [state.region, ...state.children].find((one) => one.code === code);
    return known ? known[`name_${cityops.context.lang}`] : cityops.context.regions[code] || code;
  }

  function head(name, value, unit, level) {
    return div(
      "number-head",
      part("h2", { id: "number-name" }, name),
      div("number-value", span("digits", value), span("unit", unit), cityops.format.badge(level)),
    );
  }

  function age(asOf, cadence) {
    return span("", cityops.ages.element(asOf, cadence), ` · ${cityops.format.clock(Date.parse(asOf))}`);
  }

  function coverage({ expected, fresh, late }, { numerator, denominator }) {
    if (expected === undefined) return null;
    if (!expected) return cityops.text("number.coverage_none");
    const share = cityops.text("number.share", { numerator, denominator, n: fresh, of: expected });
    const percent = `${cityops.format.number((100 * fresh) / expected, 1)} %`;
    return [share, percent, late && cityops.text("number.late", { n: late })].filter(Boolean).join(" · ");
  }

  // Of the half hour that runs: the last step of the trend.
  function usual({ band }, value) {
    const [low, high] = band ? [band.low.at(-1), band.high.at(-1)] : [null, null];
    if (low === null || high === null) return cityops.text("number.no_band");
    return cityops.text("number.band_of", { low: value(low), high: value(high), days: band.days });
  }

  function thresholds({ thresholds: limits, direction, unit }, value) {
    const used = limits.map((limit, place) => [place + 1, limit]).filter(([, limit]) => limit !== null);
    if (!used.length) return cityops.text("number.no_thresholds");
    const steps = used.map(([level, limit]) => span("number-limit", cityops.format.badge(level), ` ${value(limit)} ${unit}`));
    return span("", cityops.text(`number.reached.${direction}`), ...steps);
  }

  // While a mode of its matter holds here: whose limits they are, and what they go back to.
  function inForce(limits, declared, value) {
    const { lang } = cityops.context;
    const mark = limits.basis_mark === "read" ? "" : cityops.text(`basis_mark.${limits.basis_mark}`);
    const basis = [limits[`basis_${lang}`] || cityops.text("number.no_basis"), mark].filter(Boolean).join(" · ");
    const whose = `${cityops.text(`limits.${limits.kind}`)} · ${limits[`title_${lang}`]}`;
    return [part("b", { key: "whose" }, whose), div("", thresholds({ ...declared, thresholds: limits.thresholds }, value)), div("", basis)];
  }

  function sources(found) {
    if (!found.length) return cityops.text("number.source_none");
    const { lang } = cityops.context;
    return found.map((one) => {
      const names = { name: one[`name_${lang}`], department: one[`department_${lang}`] };
      const officer = lang === "zh" ? ` · ${one.data_officer} · ` : " · "; // an office that has a Chinese name alone
      return part("div", { key: one.code, className: "number-source" }, cityops.text("number.source", names), officer, one.last_received_at && cityops.ages.element(one.last_received_at, one.expected_interval_s));
    });
  }

  function rows(told) {
    const said = told.filter(([, what]) => what);
    return part("dl", {}, ...said.flatMap(([name, what]) => [part("dt", {}, cityops.text(`number.${name}`)), part("dd", {}, what)]));
  }

  document.addEventListener("click", (event) => {
    const number = event.target.closest?.("[data-number]");
    if (number) open(number.dataset.number);
  });
  document.addEventListener("keydown", (event) => {
    const number = event.target.closest?.("[data-number]");
    if (!number || event.key !== "Enter") return;
    event.preventDefault(); // or the key would go on to the dialog's own button, and close it
    open(number.dataset.number);
  });

  return { draw, of };
})();
