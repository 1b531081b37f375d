// The page scripts' common ground: texts of the page's language, and drawing with the React that Dash brings along.
//
// Parts of a page that change every second are drawn here and not returned to Dash as children: Dash takes children
// of a callback for new ones and mounts them afresh, which restarts animations and throws away hover and focus.
"use strict";

window.dash_clientside = window.dash_clientside || {};

const addressed = new URLSearchParams(window.location.search);
document.documentElement.lang = addressed.get("lang") === "en" ? "en" : "zh-CN";
document.documentElement.dataset.theme = addressed.get("theme") === "light" ? "light" : "dark";

window.cityops = {
  context: null, // set by page.watch once a page is up
  panels: {}, // by name: what a panel draws as its page begins (`begin`) and when a state comes (`draw`)
  roots: new WeakMap(),

  // `{n|device|devices}` is the first word for 1, else the second: the same rule as texts.py.
  text(key, values) {
    const template = this.context.texts[key];
    if (template === undefined) throw new Error(`no text ${key}`);
    const counted = template.replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (_, name, one, other) =>
      String(values[name]) === "1" ? one : other,
    );
    return counted.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  },

  part(tag, props, ...children) {
    return window.React.createElement(tag, props, ...children);
  },

  div(className, ...children) {
    return this.part("div", { className }, ...children);
  },

  span(className, ...children) {
    return this.part("span", { className }, ...children);
  },

  // Draw into the empty element `id`; what did not change is left alone.
  render(id, parts) {
    const node = document.getElementById(id);
    if (!node) return;
    if (!this.roots.has(node)) this.roots.set(node, window.ReactDOM.createRoot(node));
    this.roots.get(node).render(parts);
  },
};

// The same functions for modules that call them by their bare names.
cityops.bound = Object.fromEntries(
  ["div", "span", "part", "render"].map((name) => [name, cityops[name].bind(cityops)]),
);
