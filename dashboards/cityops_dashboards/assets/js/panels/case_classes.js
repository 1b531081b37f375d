// Kinds of cases by how many were reported today, the most frequent first.
"use strict";

cityops.caseClasses = (() => {
  const { div, render } = cityops.bound;

  function draw({ events }, { lang }) {
    const most = Math.max(1, ...events.classes.map((one) => one.reported_today));
    const rows = events.classes.map((one) =>
      cityops.tallies.row(one.class_code, one[`name_${lang}`], cityops.tallies.figure(one.reported_today), {
        share: one.reported_today / most,
      }),
    );
    render("case_classes", rows.length ? rows : div("nothing", cityops.text("events.none")));
  }

  return { draw };
})();

cityops.panels.case_classes = { draw: (state, _, context) => cityops.caseClasses.draw(state, context) };
