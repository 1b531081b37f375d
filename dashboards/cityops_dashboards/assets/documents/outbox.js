// What somebody does on a bad line: kept in the browser until the server has it, and sent so that it counts once.
//
// A form with `data-to` is not sent but kept, with its photos, under a token of its own; the server takes a token once.
// Pages load this script before their body: a button that is seen is heard, however late the other scripts come.
"use strict";

window.outbox = (() => {
  const AGAIN_MS = [1000, 2000, 5000, 10_000, 30_000];
  const LINE_MS = 60_000; // for a photo on a slow line
  const ready = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve)); // after document.js
  const taking = new Set(); // what is just being kept: a second tap on its button is the same act
  let sending = ready;
  let failed = 0;
  let again = 0;

  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("cityops", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("acts", { keyPath: "token" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

  async function store(mode, act) {
    const transaction = (await opened).transaction("acts", mode);
    const asked = act(transaction.objectStore("acts"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  const kept = async () => (await store("readonly", (acts) => acts.getAll())).sort((a, b) => a.since - b.since);
  const keep = (act) => store("readwrite", (acts) => acts.put(act));
  const drop = (token) => store("readwrite", (acts) => acts.delete(token));

  function token() {
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is for secure contexts alone
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function take(form) {
    const act = actOf(form);
    if (taking.has(same(act))) return;
    taking.add(same(act));
    try {
      if ((await kept()).some((one) => !one.refused && same(one) === same(act))) return;
      await keep(act);
    } finally {
      taking.delete(same(act));
    }
    for (let one = form.closest("details"); one; one = one.parentElement.closest("details")) one.open = false;
    form.reset();
    await flush();
    const isSent = (await kept()).every((one) => one.token !== act.token);
    if (act.then && isSent) window.location.assign(act.then); // on a bad line there is nothing to go to
  }

  function actOf(form) {
    const fields = new FormData(form);
    const files = fields.getAll("files").filter((file) => file.size > 0);
    const { then, ...given } = Object.fromEntries([...fields].filter(([name, value]) => name !== "files" && value !== ""));
    if (given.until) given.until = `${given.until}:00+08:00`; // as the city's clock has it
    for (const { name } of form.querySelectorAll("[data-list]")) if (given[name]) given[name] = given[name].split(",");
    if (given.ids) given.ids = given.ids.split(",").map(Number);
    return {
      token: token(),
      since: Date.now(),
      who: document.body.dataset.who,
      to: form.dataset.to,
      method: form.dataset.method, // none: POST
      version: form.dataset.version,
      about: form.dataset.about,
      then,
      given,
      files: files.map((file) => ({ name: file.name, type: file.type, blob: file })),
    };
  }

  // What an act is, whenever and under whatever token.
  function same(act) {
    const files = act.files.map((file) => [file.name, file.blob.size]);
    return JSON.stringify([act.who, act.method, act.to, act.version, act.given, files]);
  }

  // After what is being sent already: what was kept in the meantime is sent too.
  function flush() {
    sending = sending.then(sendAll, sendAll);
    return sending;
  }

  // One after the other, in the order of doing; what the server refuses is told, and the others go on.
  async function sendAll() {
    for (let act = await next(); act; act = await next()) {
      await tell();
      const sent = await send(act);
      if (sent === "later") {
        failed += 1;
        clearTimeout(again);
        again = setTimeout(flush, AGAIN_MS[Math.min(failed, AGAIN_MS.length) - 1]);
        return tell();
      }
      failed = 0;
      if (sent === "done") {
        await drop(act.token);
        await window.documents.refresh();
        document.dispatchEvent(new CustomEvent("outbox:done"));
      }
    }
    return tell();
  }

  async function next() {
    return (await kept()).find((act) => !act.refused && act.who === document.body.dataset.who);
  }

  // The photos go first, so that the act can name them; a case that is new has to be there before its photos.
  async function send(act) {
    if (act.to.endsWith("/cases") && act.files.length) return sendNew(act);
    const evidence = [];
    for (const file of act.files) {
      file.digest ??= await upload(act, file, act.to.replace(/acts$/, "evidence"));
      if (!file.digest) return act.refused ? "refused" : "later";
      evidence.push(file.digest);
    }
    const once = act.to.startsWith("/relay/cases") ? { token: act.token } : {}; // alarms know what was done to them
    const body = { ...act.given, ...once, ...(evidence.length ? { evidence } : {}) };
    const answer = await post(act.to, body, act.version, act.method);
    const how = await judged(act, answer);
    if (how === "done" && act.version) await carryOn(act, (await answer.json()).version);
    return how;
  }

  // What somebody did on top of an own act, before that was sent, is not stale by it.
  async function carryOn(act, version) {
    for (const one of await kept()) {
      const isOnTop = one.token !== act.token && one.to === act.to && one.version === act.version;
      if (isOnTop) await keep({ ...one, version });
    }
  }

  async function sendNew(act) {
    const answer = await post(act.to, { ...act.given, token: act.token });
    const how = await judged(act, answer);
    if (how !== "done") return how;
    const { id, version } = await answer.json();
    Object.assign(act, { to: `${act.to}/${id}/acts`, version, given: { act: "supplement", text: act.given.title } });
    await keep(act); // under the same token: acts and reports are counted apart
    return send(act);
  }

  async function upload(act, file, address) {
    const answer = await ask(`${address}?name=${encodeURIComponent(file.name)}`, file.blob, { "Content-Type": file.type });
    if ((await judged(act, answer)) !== "done") return null;
    file.digest = (await answer.json()).digest;
    await keep(act);
    return file.digest;
  }

  function post(address, body, version, method) {
    const headers = { "Content-Type": "application/json", ...(version ? { "If-Match": `"${version}"` } : {}) };
    return ask(address, JSON.stringify(body), headers, method);
  }

  async function ask(address, body, headers, method = "POST") {
    try {
      return await fetch(address, { method, body, headers, signal: AbortSignal.timeout(LINE_MS) });
    } catch {
      return null;
    }
  }

  // "later" is for what may succeed when asked again; a refusal is kept with its reason until it is read.
  async function judged(act, answer) {
    if (answer?.ok) return "done";
    if (!answer || answer.status === 401 || answer.status === 429 || answer.status >= 500) return "later";
    const problem = await answer.json().catch(() => ({}));
    const inChinese = document.documentElement.lang.startsWith("zh") ? problem.detail_zh : "";
    const stale = answer.status === 412 ? window.documents.text("outbox.stale") : "";
    act.refused = inChinese || stale || problem.detail || `HTTP ${answer.status}`;
    await keep(act);
    return "refused";
  }

  // The line's state in one sentence, and what was refused with its reason.
  async function tell() {
    const acts = (await kept()).filter((act) => act.who === document.body.dataset.who);
    const waiting = acts.filter((act) => !act.refused).length;
    const line = document.getElementById("line");
    line.hidden = waiting === 0;
    line.textContent = waiting ? window.documents.text(failed ? "outbox.bad" : "outbox.sending", { n: waiting }) : "";
    const list = document.getElementById("refused");
    list.replaceChildren(...acts.filter((act) => act.refused).map(told));
  }

  function told(act) {
    const item = document.createElement("li");
    const words = document.createElement("p");
    words.textContent = window.documents.text("outbox.refused", { about: act.about, reason: act.refused });
    const read = document.createElement("button");
    read.type = "button";
    read.textContent = window.documents.text("outbox.read");
    read.addEventListener("click", async () => {
      await drop(act.token);
      await tell();
    });
    item.append(words, read);
    return item;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-to]");
    if (!form) return;
    event.preventDefault();
    take(form);
  });
  addEventListener("online", flush);
  flush();

  return { flush, kept };
})();
