// The lines of the data page's chart: those that the reader chooses stand out, the others recede; the address says which.
//
// What a line may look like stands in its `meta` (figures/series.py); here it is only settled which look it has.
"use strict";

(() => {
  const NAME = "lines"; // in the address
  const NEAR_PX = 24; // about half a finger
  const STILL_PX = 5; // more than this between down and up is a drag, by which the chart is zoomed

  let down = null; // where the pointer went down on a chart

  function buttons() {
    return [...document.querySelectorAll(".data-lines [data-line]")];
  }

  function chosen() {
    const asked = (new URLSearchParams(window.location.search).get(NAME) || "").split(",");
    return buttons().map((button) => button.dataset.line).filter((code) => asked.includes(code));
  }

  function toggle(code) {
    const before = chosen();
    choose(before.includes(code) ? before.filter((other) => other !== code) : [...before, code]);
  }

  // Put the choice into the address, which is no step of the history and asks the server for nothing, and draw it.
  function choose(codes) {
    const address = new URL(window.location.href);
    if (codes.length) address.searchParams.set(NAME, codes.join(","));
    else address.searchParams.delete(NAME);
    window.history.replaceState(window.history.state, "", address);
    draw(codes);
  }

  function draw(codes) {
    for (const button of buttons()) button.setAttribute("aria-pressed", codes.includes(button.dataset.line));
    const leading = document.querySelector(".data-leading"); // the sentence on the worst line
    if (leading) leading.hidden = codes.length > 0;
    const worst = leading && leading.dataset.worst;
    cityops.live.chart("data-graph", (lines) => {
      const looks = lines.map(({ meta }) => lookOf(meta, codes, worst));
      mark(lines, looks);
      return { traces: drawn(looks) };
    });
  }

  function lookOf({ code, looks }, codes, worst) {
    if (codes.length) return codes.includes(code) ? looks.chosen : looks.back;
    if (worst) return code === worst ? looks.worst : looks.back;
    return looks.equal;
  }

  // The names have the colours of their lines.
  function mark(lines, looks) {
    for (const button of buttons()) {
      const place = lines.findIndex(({ meta }) => meta.code === button.dataset.line);
      button.querySelector(".line-mark").style.backgroundColor = looks[place].line.color;
    }
  }

  function drawn(looks) {
    return {
      "line.color": looks.map(({ line }) => line.color),
      "line.width": looks.map(({ line }) => line.width),
      "marker.color": looks.map(({ marker }) => marker.color),
      opacity: looks.map(({ opacity }) => opacity),
      zorder: looks.map(({ zorder }) => zorder),
    };
  }

  // The region whose line passes nearest to a place on the screen, null where none is near.
  function nearest(graph, { clientX, clientY }) {
    const { left, top } = graph.getBoundingClientRect();
    const [x, y] = [clientX - left, clientY - top];
    const away = graph.calcdata.map((points) => distance(pixels(graph, points), x, y));
    const least = Math.min(...away);
    return least <= NEAR_PX ? graph.data[away.indexOf(least)].meta.code : null;
  }

  // A line's points on the screen, null where a value is missing.
  function pixels(graph, points) {
    const { xaxis, [points[0].trace.yaxis.replace("y", "yaxis")]: yaxis } = graph._fullLayout;
    const at = (axis, value) => axis._offset + axis.c2p(value);
    return points.map((point) => (Number.isFinite(point.y) ? [at(xaxis, point.x), at(yaxis, point.y)] : null));
  }

  function distance(places, x, y) {
    const pieces = places.map((place, step) => (place ? toPiece(place, places[step + 1] || place, x, y) : Infinity));
    return Math.min(...pieces);
  }

  function toPiece([x0, y0], [x1, y1], x, y) {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const share = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1);
    const along = Math.min(1, Math.max(0, share));
    return Math.hypot(x0 + along * dx - x, y0 + along * dy - y);
  }

  // The picture that Plotly saves has no buttons beside it: it gets the legend, which is read at once and not drawn here.
  function legendOnce(button) {
    const { layout } = button.closest(".js-plotly-plot");
    layout.showlegend = buttons().length > 0;
    setTimeout(() => (layout.showlegend = false));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".data-lines [data-line]");
    if (button) toggle(button.dataset.line);
  });
  document.addEventListener("keydown", (event) => {
    const here = event.target === document.body || event.target.closest(".data-chart"); // Esc elsewhere is a list's own
    if (event.key === "Escape" && here && chosen().length) choose([]);
  });
  // Plotly keeps clicks on a chart to itself, and tells of them only where it shows a value.
  document.addEventListener(
    "pointerdown",
    (event) => {
      const area = event.isPrimary && event.button === 0 && event.target.closest(".data-plot .nsewdrag");
      down = area && buttons().length ? event : null;
    },
    true,
  );
  document.addEventListener(
    "pointerup",
    (event) => {
      if (!down || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > STILL_PX) return;
      const code = nearest(down.target.closest(".js-plotly-plot"), event);
      if (code) toggle(code);
    },
    true,
  );
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest(".data-plot .modebar-btn");
      if (button && button === button.closest(".modebar").querySelector(".modebar-btn")) legendOnce(button);
    },
    true,
  );
})();
