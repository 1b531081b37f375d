// What the city works under (平急结合): a chip in the head, and a drill's mark on the whole page.
"use strict";

cityops.modes = (() => {
  const { span, render } = cityops.bound;

  function draw({ mode }) {
    const told = mode || { kind: "normal", drill: false };
    document.body.classList.toggle("is-drill", told.drill);
    document.body.style.setProperty("--drill", JSON.stringify(cityops.text("mode.drill")));
    render("mode-chip", chip(told));
  }

  function chip(mode) {
    if (mode.kind === "normal") return span("mode is-normal", cityops.text("mode.normal"));
    const title = cityops.context.lang === "en" ? mode.title_en : mode.title_zh;
    const said = mode.drill ? cityops.text("mode.drill_of", { title }) : title;
    return span(`mode${mode.drill ? " is-drill" : ""}`, said, planned(mode));
  }

  // A response goes on past its planned end: that it has passed is for somebody to end it.
  function planned({ until }) {
    if (!until) return null;
    const time = cityops.format.clock(Date.parse(until), false);
    const isOver = Date.parse(until) < cityops.ages.now();
    return span("mode-until", cityops.text(isOver ? "mode.passed" : "mode.until", { time }));
  }

  return { draw };
})();
