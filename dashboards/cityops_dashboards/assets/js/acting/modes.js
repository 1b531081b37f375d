// What the city works under (平急结合), where it is more than a chip in the head: a drill's mark on the whole page.
"use strict";

cityops.modes = (() => {
  function draw({ mode }) {
    document.body.classList.toggle("is-drill", Boolean(mode?.drill));
    document.body.style.setProperty("--drill", JSON.stringify(cityops.text("mode.drill")));
  }

  // Of what was raised or made in a drill, which it keeps, also once that is over.
  function mark({ drill }) {
    return drill ? cityops.bound.part("span", { className: "drill-mark", key: "drill" }, cityops.text("mode.drill")) : null;
  }

  return { draw, mark };
})();
