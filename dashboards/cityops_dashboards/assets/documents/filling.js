// Forms that are filled in: figures that are known are taken with one press, a sheet is saved, submitted and reviewed,
// a file is sent and answered cell by cell.
"use strict";

(() => {
  const { text } = window.documents;
  const MOST_TOLD = 60;
  const line = document.getElementById("line");
  const sheet = document.querySelector("form[data-sheet]");

  function say(words) {
    line.hidden = !words;
    line.textContent = words;
    line.scrollIntoView({ block: "nearest" });
  }

  async function send(method, path, body, type = "application/json") {
    try {
      const answer = await fetch(path, { method, body, headers: { "Content-Type": type } });
      if (answer.status === 401) window.location.reload();
      return { ok: answer.ok, told: await answer.json() };
    } catch {
      return { ok: false, told: { detail: text("filling.said.away") } };
    }
  }

  // A blank input is a cell that is emptied; what is no number goes to the server as it is, which says so.
  function number(written) {
    const plain = written.replaceAll(/[,，\s]/g, "");
    if (plain === "") return null;
    return Number.isFinite(Number(plain)) ? Number(plain) : written;
  }

  function answers() {
    return [...sheet.querySelectorAll("[data-field]")].map((field) => {
      const told = { indicator: field.dataset.field, reason: field.querySelector("[name=reason]").value };
      for (const input of field.querySelectorAll("[data-part] input")) told[input.name] = number(input.value);
      return told;
    });
  }

  function take(button) {
    const input = button.closest("[data-part]").querySelector("input");
    input.value = input.dataset.offered;
    button.classList.add("is-taken");
  }

  async function act(method, path, body) {
    const version = Number(sheet.dataset.version);
    const { ok, told } = await send(method, path, JSON.stringify({ version, ...body }));
    if (ok) return window.location.reload();
    mark(told.errors ?? []);
    return say(told.errors?.[0]?.kind ? text("filling.said.faults", { n: told.errors.length }) : told.detail);
  }

  // Each refused cell says so beside itself, in the words that the page has for it.
  function mark(errors) {
    for (const one of sheet.querySelectorAll(".filling-faults")) one.replaceChildren();
    for (const one of errors) {
      const list = sheet.querySelector(`[data-field="${CSS.escape(one.item.split(".")[0])}"] .filling-faults`);
      if (!list) continue;
      const item = document.createElement("li");
      item.dataset.fault = one.kind ?? "";
      item.textContent = one.kind ? text(`filling.fault.${one.kind}`, one) : one.reason;
      list.append(item);
    }
    sheet.querySelector(".filling-faults li")?.scrollIntoView({ block: "center" });
  }

  async function report(article, take) {
    const [file] = article.querySelector("input[type=file]").files;
    if (!file) return;
    const type = file.name.endsWith(".csv") ? "text/csv" : file.type || "text/csv";
    const { ok, told } = await send("POST", article.dataset.import + (take ? "?take_sound=true" : ""), file, type);
    const place = article.querySelector(".filling-report");
    place.hidden = false;
    place.replaceChildren(paragraph(ok ? summary(told) : broken(told)));
    if (!ok) return;
    const refused = told.cells.filter((one) => one.outcome === "refused");
    for (const one of refused.slice(0, MOST_TOLD)) place.append(paragraph(refusal(one)));
    if (refused.length && !told.saved && told.taken) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text("filling.said.take_sound", { n: told.taken });
      button.addEventListener("click", () => report(article, true));
      place.append(button);
    }
  }

  // A file that cannot be read at all, and a cell that is not taken, in the words that the page has for each kind.
  function broken(told) {
    const [first] = told.errors ?? [];
    return first?.kind ? text(`filling.fault.${first.kind}`, first) : told.detail;
  }

  function refusal(one) {
    const column = text(`filling.column.${one.column}`);
    return text("filling.said.cell", { ...one, column, why: text(`filling.fault.${one.kind}`, one.given) });
  }

  function summary(told) {
    const { taken, refused, same } = told;
    return text(told.saved ? "filling.said.kept" : "filling.said.not_kept", { taken, refused, same });
  }

  function paragraph(words) {
    const made = document.createElement("p");
    made.textContent = words;
    return made;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !sheet) return;
    const to = sheet.dataset.sheet;
    if ("take" in button.dataset) take(button);
    if ("takeAll" in button.dataset) {
      for (const one of sheet.querySelectorAll("[data-take]")) {
        if (one.closest("[data-part]").querySelector("input").value === "") take(one);
      }
    }
    if ("save" in button.dataset) act("PUT", to, { answers: answers() });
    if ("submit" in button.dataset) act("PUT", to, { answers: answers(), submit: true });
    if ("approve" in button.dataset) act("POST", `${to}/approve`, {});
    if ("return" in button.dataset) {
      act("POST", `${to}/return`, { reason: document.getElementById("return-reason").value });
    }
  });
  sheet?.addEventListener("submit", (event) => event.preventDefault());
  for (const article of document.querySelectorAll("[data-import]")) {
    const input = article.querySelector("input[type=file]");
    input.addEventListener("change", () => report(article, false));
    // Else a file that was mended and is chosen again is no change, and nothing would be said of it.
    input.addEventListener("click", () => {
      input.value = "";
    });
  }
})();
