// What the city works under (平急结合), where it is more than a chip in the head: a drill's mark on the whole page.
"use strict";

cityops.modes = (() => {
  function draw({ mode }) {
    document.body.classList.toggle("is-drill", Boolean(mode?.drill));
    document.body.style.setProperty("--drill", JSON.stringify(cityops.text("mode.drill")));
  }

  return { draw };
})();
