// The browser's one line to the server, shared by all its pages: each browser has but six connections to a host.
//
// This file is a script of every page and the shared worker itself; join.js joins it. The line is one viewer's: the server
// gives it to nobody else, and when somebody else is signed in its pages are told so.
"use strict";

class Line {
  static QUIET_MS = 7000; // the server speaks at least every 2 s: silence for longer means that it does not answer
  static FIRST_RETRY_MS = 1000;
  static LONGEST_RETRY_MS = 5000; // a server that is back is found within ten seconds, however long it was away
  static SORT_MS = 15000; // what was refused is asked for again
  static WHO_MS = 5000; // a stream that is open goes on whoever signs in: who the browser is has to be asked
  static GATHER_MS = 50; // pages that come together are waited for
  static GONE_MS = 150000; // a page asleep says once a minute that it is there; one silent for longer is gone

  pages = new Map(); // by its port: what it watches, when it spoke last, whether it is busy and what is held for it
  newest = new Map(); // by region: its last status and state, as text
  refused = new Set(); // regions that this browser's viewer may not see any more
  source = null;
  carried = ""; // what the source carries
  lastHeard = 0;
  retryMs = Line.FIRST_RETRY_MS;
  pending = null;
  sorted = 0; // when they were asked for last
  askedWho = 0;
  lost = null; // what pages are told while there is no line

  // `viewer` names whose line it is, as the page's context does.
  constructor(viewer) {
    this.viewer = viewer;
    setInterval(() => this.look(), 1000);
  }

  // A page says that it is there, and what it watches.
  here(port, region) {
    const known = this.pages.get(port);
    this.pages.set(port, { isBusy: false, held: new Map(), ...known, region, spoke: Date.now() });
    port.postMessage({ name: "here" }); // so that the page knows that the line lives
    if (known) return;
    for (const event of Object.values(this.newest.get(region) || {})) this.give(port, event);
    if (this.lost || this.refused.has(region)) this.give(port, this.told(region));
    if (!this.lost) this.gather();
  }

  gone(port) {
    if (this.pages.delete(port)) this.gather();
  }

  // A page is given one event at a time and answers; what comes meanwhile is held for it, the newest of each kind. So
  // nothing piles up before a page that sleeps, and when it wakes it draws the newest state and none between.
  give(port, event) {
    const page = this.pages.get(port);
    page.held.delete(event.name); // the newer one comes after all others
    page.held.set(event.name, event);
    if (!page.isBusy) this.next(port, page);
  }

  took(port) {
    const page = this.pages.get(port);
    if (page) this.next(port, page);
  }

  next(port, page) {
    const [event] = page.held.values();
    page.isBusy = event !== undefined;
    if (!page.isBusy) return;
    page.held.delete(event.name);
    port.postMessage(event);
  }

  gather() {
    if (!this.pending) this.wait(Line.GATHER_MS);
  }

  wait(ms) {
    this.pending = setTimeout(async () => {
      await this.sortNewcomers();
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
    if (!regions) {
      this.lost = null; // nothing is tried any more: whoever joins next begins anew
      return;
    }
    this.carried = regions;
    this.lastHeard = Date.now();
    this.source = new EventSource(`/stream/state?region=${regions}&viewer=${this.viewer}`);
    for (const name of ["state", "status", "wall", "beat"]) {
      this.source.addEventListener(name, ({ data }) => this.heard(name, data));
    }
    this.source.addEventListener("moved", () => this.move());
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
      if (region ? page.region === region : !this.refused.has(page.region)) this.give(port, event);
    }
  }

  // The server stops and has said so: another takes the line on, or there is none, and then it is lost.
  move() {
    this.close();
    this.gather();
  }

  // The line has ended, or is to end because of what `who` said.
  fail(ended = null) {
    this.close();
    this.newest.clear(); // what the viewer may see can have changed: the next line begins with the newest anyway
    this.lost = this.lost || { since: Date.now(), ended };
    if (ended) this.lost.ended = ended;
    this.tell();
    if (!ended) this.askWhy();
    if (!this.pending) {
      this.wait(this.retryMs);
      this.retryMs = Math.min(this.retryMs * 2, Line.LONGEST_RETRY_MS);
    }
  }

  tell() {
    for (const [port, { region }] of this.pages) this.give(port, this.told(region));
  }

  told(region) {
    const { since, ended } = this.lost || { since: Date.now(), ended: null };
    return { name: "lost", since, ended: this.refused.has(region) ? "refused" : ended };
  }

  // An EventSource does not tell why it was refused. The pages of a session or display that has ended stay as they are: a
  // wall has nobody who could sign in.
  async askWhy() {
    let ended = null;
    try {
      ended = await this.who();
      if (!ended) await this.sortOut(this.watched());
    } catch {
      // the server is away: the line is lost for that reason
    }
    if (!this.lost) return;
    this.lost.ended = ended;
    this.tell();
  }

  // Whose time is up, "refused" for who may see no screen, "other" where somebody else looks by now; null when all is well.
  async who() {
    this.askedWho = Date.now();
    const answer = await fetch("/me", { cache: "no-store", signal: AbortSignal.timeout(Line.QUIET_MS) });
    if (answer.status === 401) return (await answer.json()).kind;
    if (answer.status === 403) return "refused";
    return answer.ok && (await answer.json()).viewer !== this.viewer ? "other" : null;
  }

  // A region that is refused would take the others' line with it: those that join an open line are asked for first.
  async sortNewcomers() {
    if (!this.source) return;
    const carried = this.carried.split(",");
    const newcomers = this.watched().filter((region) => !carried.includes(region) && !this.refused.has(region));
    await this.sortOut(newcomers).catch(() => {}); // a server that is away says so by the line
  }

  // Which of these regions the viewer may not see: the others go on without them.
  async sortOut(regions) {
    for (const region of regions) {
      const asked = { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(Line.QUIET_MS) };
      const { status } = await fetch(`/stream/state?region=${region}`, asked); // 405 to who may see it
      if (status === 403) this.refuse(region);
      if (status === 405) this.refused.delete(region);
    }
  }

  refuse(region) {
    if (this.refused.has(region)) return;
    this.refused.add(region);
    this.sorted = Date.now();
    this.newest.delete(region);
    for (const [port, page] of this.pages) if (page.region === region) this.give(port, this.told(region));
  }

  look() {
    const now = Date.now();
    for (const [port, { spoke }] of this.pages) if (now - spoke > Line.GONE_MS) this.gone(port);
    if (this.source && now - this.lastHeard > Line.QUIET_MS) this.fail();
    if (this.source && now - this.askedWho > Line.WHO_MS) this.check();
    if (this.refused.size && now - this.sorted > Line.SORT_MS) this.lookAgain(now);
  }

  check() {
    this.who().then((ended) => ended && this.fail(ended), () => {}); // a server that is away says so by the line
  }

  lookAgain(now) {
    this.sorted = now;
    this.sortOut([...this.refused]).then(() => this.gather(), () => {});
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined") {
  const line = new Line(self.name);
  self.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data: { act, region } }) => line[act](port, region);
  };
} else {
  cityops.line = { Line, script: document.currentScript.src };
}
