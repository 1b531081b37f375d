// Kinds of cases by how many were reported today, the most frequent first.
"use strict";

cityops.caseClasses = (() => {
  const { div, part, render } = cityops.bound;

  function draw({ events }, { lang }) {
    const most = Math.max(1, ...events.classes.map((one) => one.reported_today));
    const rows = events.classes.map((one) =>
      cityops.tallies.row(one.class_code, one[`name_${lang}`], figure(one), {
        share: one.reported_today / most,
      }),
    );
    render("case_classes", rows.length ? rows : div("nothing", cityops.text("events.none")));
  }

  function figure({ class_code: code, reported_today: n }) {
    return part("span", cityops.number.of(`class:${code}`), cityops.tallies.figure(n));
  }

  return { draw };
})();

cityops.panels.case_classes = { draw: (state, _, context) => cityops.caseClasses.draw(state, context) };
