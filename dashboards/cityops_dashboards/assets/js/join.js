// A page's part of the line: joins the shared one, starts it anew when it has died, and keeps a line of its own while there
// is none that answers. `take` gets what comes, one event after the other. Returns how to leave.
"use strict";

cityops.join = (region, viewer, take) => {
  const HERE_MS = 2000;
  const DEAD = 3; // questions without an answer; they are counted, not timed, for a page that sleeps asks none
  const ALONE = 5;
  const AGAIN = 15; // every so many questions the shared line is tried again

  const { Line, script } = cityops.line;
  const ownPort = { postMessage: (event) => event.name !== "here" && taken(event, () => own.took(ownPort)) };

  let shared = null; // the port of the shared line
  let unanswered = 0;
  let own = null;
  let isAlone = false;

  function join() {
    leave();
    try {
      const worker = new SharedWorker(script, { name: viewer });
      worker.onerror = alone; // its script could not be had
      shared = worker.port;
      shared.onmessage = ({ data }) => heard(data);
    } catch {
      alone(); // the browser has none, or forbids them
    }
  }

  function leave() {
    shared?.postMessage({ act: "gone" });
    shared?.close();
    shared = null;
  }

  // A worker that speaks otherwise, as one of another version may, does not answer.
  function heard(event) {
    if (event.name !== "here") return taken(event, () => shared?.postMessage({ act: "took" }));
    unanswered = 0;
    if (isAlone) own.gone(ownPort);
    isAlone = false;
  }

  function taken(event, answer) {
    try {
      take(event);
    } finally {
      answer();
    }
  }

  function alone() {
    own = own || new Line(viewer);
    isAlone = true;
    own.here(ownPort, region);
  }

  // Each page says every few seconds that it is there, and is answered.
  function here() {
    if (isAlone) own.here(ownPort, region);
    unanswered += 1;
    if (unanswered === DEAD || unanswered % AGAIN === 0) join();
    if (unanswered === ALONE) alone();
    shared?.postMessage({ act: "here", region });
  }

  join();
  here();
  const asking = setInterval(here, HERE_MS);

  return () => {
    clearInterval(asking);
    leave();
    own?.gone(ownPort);
  };
};
