// Opens video channels on demand: each by a click and with a reason, four at once, in a frame of the city's gateway.
"use strict";

(() => {
  const MOST = 4;
  const PATIENCE_MS = 10_000;
  const shelf = document.getElementById("video-open");
  const reason = document.getElementById("video-reason");
  const { text } = window.documents;

  function tell(key) {
    document.getElementById("video-told").textContent = text(key, { n: MOST });
  }

  function refusal(code) {
    if (!reason.reportValidity() || reason.value.trim().length < 2) return "video.reason_first";
    if (shelf.querySelector(`[data-open="${code}"]`)) return "video.open_already";
    return shelf.children.length >= MOST ? "video.four" : null;
  }

  async function play(code) {
    const why = refusal(code);
    if (why) return tell(why);
    const asked = { reason: reason.value.trim(), about: reason.dataset.about };
    try {
      const answer = await fetch(`/relay/channels/${code}/openings`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(asked),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!answer.ok) return tell(answer.status === 403 || answer.status === 404 ? "video.refused" : "video.away");
      show(await answer.json());
      tell("video.noted");
    } catch {
      tell("video.away");
    }
  }

  function show({ code, name_zh: name, address }) {
    if (shelf.querySelector(`[data-open="${code}"]`) || shelf.children.length >= MOST) return; // two clicks at once
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const close = document.createElement("button");
    const frame = document.createElement("iframe");
    figure.dataset.open = code;
    close.type = "button";
    close.textContent = text("video.close");
    close.addEventListener("click", () => figure.remove());
    frame.title = name;
    frame.referrerPolicy = "no-referrer";
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    frame.src = address;
    caption.append(name, close);
    figure.append(caption, frame);
    shelf.append(figure);
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-play]");
    if (button) play(button.dataset.play);
  });
})();
