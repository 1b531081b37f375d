// Gives the wall's canvas the form that is nearest to the screen's shape, and fits it in: one factor for both directions,
// and what the screen is wider or higher than the form goes to the canvas, so that nothing of it stays black.
"use strict";

(() => {
  const root = document.documentElement;
  const forms = window
    .getComputedStyle(root)
    .getPropertyValue("--forms")
    .split(",")
    .map((one) => one.trim().split(" "))
    .map(([name, width, height]) => ({ name, width: Number(width), height: Number(height) }));

  function nearest(ratio) {
    const off = ({ width, height }) => Math.abs(Math.log(width / height / ratio));
    return forms.reduce((best, one) => (off(one) < off(best) ? one : best));
  }

  function fit() {
    const { innerWidth, innerHeight } = window;
    const { name, width, height } = nearest(innerWidth / innerHeight);
    const factor = Math.min(innerWidth / width, innerHeight / height);
    root.dataset.form = name;
    root.style.setProperty("--canvas-width", `${innerWidth / factor}px`);
    root.style.setProperty("--canvas-height", `${innerHeight / factor}px`);
    // transform, not CSS zoom: zoom breaks plotly's hover
    root.style.setProperty("--canvas", `scale(${factor})`);
  }

  window.addEventListener("resize", fit);
  fit();
})();
