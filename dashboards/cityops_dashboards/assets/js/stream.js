// What comes by the line: hands on each pushed state, tells when the dashboard, the API or its database does not answer,
// and when nothing comes in any more.
"use strict";

cityops.stream = (() => {
  const FED_MS = 7000; // with the beat that comes every 2 s, a feed that stops is told within 10
  const UNLIKELY = 20; // so many messages that do not come are no chance

  let leave = () => {};
  let joined = "";
  let status = { up: null, since: null, reason: "" };
  let lostSince = null;
  let stateAsOf = null;
  let newest = null; // when the platform received the newest message
  let rate = 0; // messages per second before they stopped
  let ended = null; // why the line was lost, if the server ended it: a key of the texts `link.ended`

  const TAKE = {
    state(data) {
      stateAsOf = data.state.as_of;
      newest = data.state.platform.as_of;
      rate = data.state.platform.readings_per_s || rate;
      cityops.watchdog.see(data.state);
      if (!cityops.replay.takes(data.state)) cityops.live.take(data.state);
    },
    status(data) {
      status = data;
    },
    wall(data) {
      cityops.walls.take(data.held);
    },
    beat() {},
  };

  function open() {
    const { region, viewer } = cityops.context;
    if (joined !== `${region} ${viewer}`) {
      leave();
      leave = cityops.join(region, viewer, heard);
      joined = `${region} ${viewer}`; // another scene goes on with the line: of each joining the browser keeps something
    }
    show();
  }

  function heard({ name, text, since, ended: why }) {
    if (why === "other") {
      window.location.reload(); // somebody else is signed in: nothing of the one before is to be seen
      return;
    }
    if (name === "lost") {
      lostSince = since;
      ended = why;
      cityops.watchdog.hear(null, false);
    } else {
      const data = JSON.parse(text);
      lostSince = ended = null;
      cityops.ages.setServerTime(data.now);
      TAKE[name](data);
      cityops.watchdog.hear(data.version, status.up === true);
    }
    show();
  }

  // What the banner says; null when all is well.
  function trouble() {
    if (lostSince) {
      const since = stateAsOf ? Date.parse(stateAsOf) : lostSince; // a city without readings has no time of its data
      return cityops.text(ended ? `link.ended.${ended}` : "link.lost", { time: cityops.format.clock(since) });
    }
    if (status.up === false) {
      const time = cityops.format.clock(Date.parse(status.since));
      return cityops.text(`link.${status.part}_down`, { time, reason: reason(status.reason) });
    }
    if (status.up === null) return cityops.text("link.connecting");
    return isUnfed() ? cityops.text("link.ingest_down", { time: cityops.format.clock(Date.parse(newest)) }) : null;
  }

  // Whether no message came in for longer than the usual rate lets expect. Which of the broker and the workers is away, nobody
  // here knows; a city in which hardly anything is sent is never told of.
  function isUnfed() {
    if (!newest || !rate) return false;
    return cityops.ages.now() - Date.parse(newest) > Math.max(FED_MS, (UNLIKELY * 1000) / rate);
  }

  function reason(code) {
    const http = code.match(/^http_(\d+)$/);
    return http ? cityops.text("reason.http", { code: http[1] }) : cityops.text(`reason.${code}`);
  }

  function show() {
    const isOld = lostSince !== null || status.up === false;
    document.body.classList.toggle("is-cut-off", isOld);
    cityops.titlebar.cut(isOld);
    cityops.banner.show(trouble(), ended, isOld);
  }

  window.addEventListener("pagehide", () => leave());
  // What the browser kept as it was, for the way back, may be another viewer's by now.
  window.addEventListener("pageshow", ({ persisted }) => persisted && window.location.reload());

  return { open };
})();

window.dash_clientside.page = {
  // Whether maps may use WebGL: present, and by a graphics card; software drawing takes seconds for each change.
  webgl() {
    const asked = new URLSearchParams(window.location.search).get("map");
    if (asked) return asked === "webgl";
    const gl = document.createElement("canvas").getContext("webgl2");
    if (!gl) return false;
    const named = gl.getExtension("WEBGL_debug_renderer_info");
    const renderer = named ? gl.getParameter(named.UNMASKED_RENDERER_WEBGL) : "";
    return !/swiftshader|llvmpipe|software/i.test(renderer);
  },

  // Runs once when a page is up: from here on the scripts know what it shows. The address names the metric.
  // It answers something, because Dash calls what has no output for no layout that comes after the first.
  watch(context) {
    cityops.context = context;
    cityops.ages.tick();
    const asked = new URLSearchParams(window.location.search).get("metric");
    cityops.live.begin(asked in context.metrics ? asked : context.choices[0] || null); // null: what the state offers first
    cityops.stream.open();
    cityops.scenes.begin(context);
    cityops.replay.begin();
    return true;
  },
};

// The language switch keeps what was chosen since the page was loaded.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.language");
  if (!link) return;
  event.preventDefault();
  const address = new URL(window.location.href);
  address.searchParams.set("lang", link.lang);
  window.location.assign(address);
});
