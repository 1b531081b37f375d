// The title bar's right end: the data's time and age, and how many sources are on time.
"use strict";

cityops.titlebar = (() => {
  const { span, part, render } = cityops.bound;

  function asOf(state) {
    render("as-of", [data(state), sources(state.platform)]);
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

  function sources({ sources: all, sources_fresh: fresh }) {
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
