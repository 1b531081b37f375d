// Fits the wall's canvas of 1920 × 1080 into any screen: one factor for both directions, dark bars where the ratio differs.
"use strict";

(() => {
  const WIDTH = 1920;
  const HEIGHT = 1080;

  function fit() {
    const factor = Math.min(window.innerWidth / WIDTH, window.innerHeight / HEIGHT);
    const left = (window.innerWidth - WIDTH * factor) / 2;
    const top = (window.innerHeight - HEIGHT * factor) / 2;
    // transform, not CSS zoom: zoom breaks plotly's hover
    document.documentElement.style.setProperty("--canvas", `translate(${left}px, ${top}px) scale(${factor})`);
  }

  window.addEventListener("resize", fit);
  fit();
})();
