// The open line to the server: hands on each pushed state, tells when the line or the API is down.
"use strict";

cityops.stream = (() => {
  const QUIET_MS = 25000; // the server speaks at least every 10 s; silence for longer means a dead line
  const FIRST_RETRY_MS = 1000;
  const LONGEST_RETRY_MS = 15000;

  let source = null;
  let lastHeard = Date.now();
  let retryMs = FIRST_RETRY_MS;
  let pending = null;
  let status = { up: null, since: null, reason: "" };
  let lostSince = null;
  let stateAsOf = null;
  let ended = null; // "session" or "display": whose time was up when the line was lost

  function open() {
    if (source) source.close();
    pending = null;
    lastHeard = Date.now();
    source = new EventSource(`/stream/state?region=${cityops.context.region}`);
    source.addEventListener("state", (event) => heard(event, takeState));
    source.addEventListener("status", (event) => heard(event, takeStatus));
    source.addEventListener("beat", (event) => heard(event, () => {}));
    show();
    source.onerror = lost; // an EventSource gives up for good on an answer other than 200, so it is made anew
  }

  function heard(event, take) {
    const data = JSON.parse(event.data);
    lastHeard = Date.now();
    retryMs = FIRST_RETRY_MS;
    lostSince = ended = null;
    cityops.ages.setServerTime(data.now);
    take(data);
    show();
  }

  function takeState(data) {
    stateAsOf = data.state.as_of;
    cityops.live.take(data.state);
  }

  function takeStatus(data) {
    status = data;
  }

  function lost() {
    if (source) source.close();
    source = null;
    lostSince = lostSince || cityops.ages.now();
    show();
    askWhy();
    if (!pending) {
      pending = setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  // An EventSource does not tell why it was refused. The page stays as it is: a wall has nobody who could sign in.
  async function askWhy() {
    try {
      const answer = await fetch("/me", { cache: "no-store" });
      if (!lostSince) return;
      ended = answer.status === 401 ? (await answer.json()).kind : answer.status === 403 ? "refused" : null;
    } catch {
      ended = null; // the server is away: the line is lost for that reason
    }
    show();
  }

  // What the banner says; null when all is well.
  function trouble() {
    if (lostSince && ended) {
      return cityops.text(`link.ended.${ended}`, { time: cityops.format.clock(Date.parse(stateAsOf || lostSince)) });
    }
    if (lostSince) return cityops.text("link.lost", { time: cityops.format.clock(Date.parse(stateAsOf || lostSince)) });
    if (status.up === false) {
      const time = cityops.format.clock(Date.parse(status.since));
      return cityops.text("link.api_down", { time, reason: reason(status.reason) });
    }
    return status.up === null ? cityops.text("link.connecting") : null;
  }

  function reason(code) {
    const http = code.match(/^http_(\d+)$/);
    return http ? cityops.text("reason.http", { code: http[1] }) : cityops.text(`reason.${code}`);
  }

  function show() {
    cityops.banner.show(trouble(), ended);
    document.body.classList.toggle("is-cut-off", lostSince !== null || status.up === false);
  }

  setInterval(() => {
    if (source && Date.now() - lastHeard > QUIET_MS) lost();
  }, 1000);

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
