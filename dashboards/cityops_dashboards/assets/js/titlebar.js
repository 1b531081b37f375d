// The title bar's right end: the data's time and age, and how many sources are on time.
"use strict";

cityops.titlebar = (() => {
  const { span, part, render } = cityops.bound;

  function asOf(state) {
    render("as-of", [data(state), sources(state.sources)]);
  }

  function data({ as_of: time }) {
    return part(
      "div",
      { className: "as-of-data", "data-judged": "fresh", key: "data" },
      span("quiet", cityops.text("title.as_of")),
      span("as-of-time", time ? cityops.format.clock(Date.parse(time)) : "—"),
      cityops.ages.element(time, 60),
    );
  }

  // Those that send from the region that is shown, not all of the platform.
  function sources(sending) {
    const [all, fresh] = [sending.length, sending.filter((one) => one.freshness === "fresh").length];
    return part(
      "div",
      { className: "as-of-sources", key: "sources" },
      span(`light light-${fresh < all ? "some" : "all"}`, fresh < all ? "▲" : "●"),
      span("quiet", cityops.text("title.sources")),
      span("as-of-count", `${fresh}/${all}`),
    );
  }

  return { asOf };
})();
