// What the platform holds and what comes in.
"use strict";

cityops.totals = (() => {
  const { render } = cityops.bound;
  const COUNTS = ["devices", "series", "readings_kept", "received", "stored", "duplicate", "rejected"];

  function draw({ platform }) {
    const rate = platform.readings_per_s;
    render("totals-age", cityops.ages.element(platform.as_of, 60));
    render("totals", [
      cityops.tallies.cell("rate", cityops.tallies.figure(rate, rate !== null && rate < 100 ? 1 : 0), cityops.text("totals.rate")),
      cityops.tallies.cell("sources", `${platform.sources_fresh}/${platform.sources}`, cityops.text("totals.sources")),
      ...COUNTS.map((key) => cityops.tallies.cell(key, cityops.format.count(platform[key]), cityops.text(`totals.${key}`))),
    ]);
  }

  return { draw };
})();

cityops.panels.totals = { draw: cityops.totals.draw };
