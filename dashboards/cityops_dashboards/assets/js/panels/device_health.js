// Batteries and the like: a line of counts on the wall, a list of its own on a district's page.
"use strict";

cityops.panels.device_health = {
  draw(state, _, context) {
    const { div, span, part, render } = cityops.bound;
    const { SHOWN, LEVELS, counts, row } = cityops.warnings;
    const { device_health: ailing } = state;
    render("health-counts", counts(ailing));
    const rows = ailing.worst.slice(0, SHOWN).map((one) => row(one, context));
    render("health-list", rows.length ? rows : div("nothing", cityops.text(state.detail ? "health.none" : context.hidden)));
    const line = [span("quiet", cityops.text("health.line")), part("span", { className: "health-counts", key: "counts" }, counts(ailing))];
    render("health-line", LEVELS.some((name) => ailing[name]) ? line : null);
  },
};
