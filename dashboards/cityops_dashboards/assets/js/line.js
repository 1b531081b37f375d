// The browser's one line to the server, shared by all its pages: each browser has but six connections to a host.
//
// This file is a script of every page and the shared worker itself. Pages join the worker's line with what they watch;
// where there are no shared workers, or the worker does not answer, a page keeps a line of its own.
"use strict";

class Line {
  static QUIET_MS = 7000; // the server speaks at least every 2 s: silence for longer means that it does not answer
  static FIRST_RETRY_MS = 1000;
  static LONGEST_RETRY_MS = 15000;
  static GATHER_MS = 50; // pages that come together are waited for
  static GONE_MS = 150000; // a page asleep says once a minute that it is there; one silent for longer is gone

  pages = new Map(); // by its port: what it watches and when it spoke last
  newest = new Map(); // by region: its last status and state, as text
  refused = new Set(); // regions that this browser's viewer may not see any more
  source = null;
  carried = ""; // what the source carries
  lastHeard = 0;
  retryMs = Line.FIRST_RETRY_MS;
  pending = null;
  sorted = 0; // when that was asked last
  lost = null; // what pages are told while there is no line

  constructor() {
    setInterval(() => this.look(), 1000);
  }

  // A page says that it is there, and what it watches.
  here(port, region) {
    const isNew = !this.pages.has(port);
    this.pages.set(port, { region, spoke: Date.now() });
    port.postMessage({ name: "here" }); // so that the page knows that the line lives
    if (!isNew) return;
    for (const event of Object.values(this.newest.get(region) || {})) port.postMessage(event);
    if (this.lost || this.refused.has(region)) port.postMessage(this.told(region));
    if (!this.lost) this.gather();
  }

  gone(port) {
    if (this.pages.delete(port)) this.gather();
  }

  gather() {
    if (!this.pending) this.wait(Line.GATHER_MS);
  }

  wait(ms) {
    this.pending = setTimeout(() => {
      this.pending = null;
      this.open();
    }, ms);
  }

  watched() {
    return [...new Set([...this.pages.values()].map(({ region }) => region))].sort();
  }

  open() {
    const regions = this.watched().filter((region) => !this.refused.has(region)).join(",");
    if (this.source && this.carried === regions) return;
    this.close();
    for (const region of this.newest.keys()) if (!this.watched().includes(region)) this.newest.delete(region);
    if (!regions) return;
    this.carried = regions;
    this.lastHeard = Date.now();
    this.source = new EventSource(`/stream/state?region=${regions}`);
    for (const name of ["state", "status", "beat"]) {
      this.source.addEventListener(name, ({ data }) => this.heard(name, data));
    }
    this.source.onerror = () => this.fail(); // an EventSource gives up for good on an answer other than 200
  }

  close() {
    if (this.source) this.source.close();
    this.source = null;
  }

  heard(name, text) {
    this.lastHeard = Date.now();
    this.retryMs = Line.FIRST_RETRY_MS;
    this.lost = null;
    const [, region] = text.slice(0, 120).match(/"region":"(\d+)"/) || [];
    const event = { name, text };
    if (region) this.newest.set(region, { ...this.newest.get(region), [name]: event });
    for (const [port, page] of this.pages) {
      if (region ? page.region === region : !this.refused.has(page.region)) port.postMessage(event);
    }
  }

  fail() {
    this.close();
    this.lost = this.lost || { since: Date.now(), ended: null };
    this.tell();
    this.askWhy();
    if (!this.pending) {
      this.wait(this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, Line.LONGEST_RETRY_MS);
    }
  }

  tell() {
    for (const [port, { region }] of this.pages) port.postMessage(this.told(region));
  }

  told(region) {
    const { since, ended } = this.lost || { since: Date.now(), ended: null };
    return { name: "lost", since, ended: this.refused.has(region) ? "refused" : ended };
  }

  // An EventSource does not tell why it was refused. The pages stay as they are: a wall has nobody who could sign in.
  async askWhy() {
    let ended = null;
    try {
      const answer = await fetch("/me", { cache: "no-store", signal: AbortSignal.timeout(Line.QUIET_MS) });
      if (answer.status === 401) ended = (await answer.json()).kind;
      else if (answer.status === 403) ended = "refused";
      else if (answer.ok) await this.sortOut();
    } catch {
      // the server is away: the line is lost for that reason
    }
    if (!this.lost) return;
    this.lost.ended = ended;
    this.tell();
  }

  // Which of the regions the viewer may not see any more: the others go on without them.
  async sortOut() {
    this.sorted = Date.now();
    for (const region of this.watched()) {
      const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(Line.QUIET_MS) };
      const { status } = await fetch(`/stream/state?region=${region}`, asked); // 405 to who may see it
      if (status === 403) this.refused.add(region);
      else this.refused.delete(region);
    }
  }

  look() {
    const now = Date.now();
    for (const [port, { spoke }] of this.pages) if (now - spoke > Line.GONE_MS) this.gone(port);
    if (this.source && now - this.lastHeard > Line.QUIET_MS) this.fail();
    if (this.refused.size && now - this.sorted > Line.LONGEST_RETRY_MS) this.sortOut().then(() => this.gather(), () => {});
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined") {
  const line = new Line();
  self.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data: { region } }) => (region ? line.here(port, region) : line.gone(port));
  };
} else {
  const script = document.currentScript.src;

  cityops.line = {
    // Join the shared line of this viewer; `take` gets what comes. Returns how to say that the page is there, and that it goes.
    join(region, viewer, take) {
      const { port } = new SharedWorker(script, { name: viewer });
      port.onmessage = ({ data }) => take(data);
      const leave = () => port.postMessage({});
      window.addEventListener("pagehide", leave);
      return { here: () => port.postMessage({ region }), leave };
    },

    // The same with a line of the page's own.
    alone(region, take) {
      const line = new Line();
      const port = { postMessage: take };
      return { here: () => line.here(port, region), leave: () => line.gone(port) };
    },
  };
}
