// The districts in order of the chosen metric, beside their map.
"use strict";

cityops.ranking = (() => {
  const { span, part, render } = cityops.bound;

  function list(state, code, context) {
    const declared = context.metrics[code];
    const regions = cityops.regions.sorted(state, code, declared);
    const ends = cityops.regions.scale(regions, declared);
    const title = part("div", { className: "rank-head", key: "head" }, span("", declared.name), span("", declared.unit));
    render("ranking", [title, ...regions.map((region) => rank(region, placeOf(region, regions, declared), ends, declared, context))]);
  }

  // As many are worse as it says, and one; those that read the same share a place, and what reads zero has none.
  function placeOf(region, regions, { decimals, direction }) {
    const read = (one) => cityops.format.rounded(one.value, decimals);
    if (region.value === null || (direction !== "low" && read(region) === 0)) return "";
    const sign = direction === "low" ? -1 : 1;
    return 1 + regions.filter((one) => one.value !== null && sign * read(one) > sign * read(region)).length;
  }

  function rank(region, place, [low, high], declared, context) {
    const share = region.value === null ? 0 : Math.min(Math.max((region.value - low) / (high - low), 0.01), 1);
    return part(
      "a",
      {
        className: region.freshness === "fresh" ? "rank" : "rank is-stale",
        href: context.links.district && context.links.district.replace("{code}", region.code),
        key: region.code,
      },
      span("rank-place", place),
      span("rank-name", context.regions[region.code]),
      span("rank-bar", part("span", { className: "rank-fill", style: { width: `${share * 100}%` } })),
      span("rank-value", cityops.format.number(region.value, declared.decimals)),
      span("rank-badge", cityops.format.badge(region.warning)),
    );
  }

  return { list };
})();
