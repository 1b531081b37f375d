// Why what a page shows is old, with the way back in for those whose session has ended: on a wall the strip says it, on
// other pages a banner.
"use strict";

cityops.banner = (() => {
  // Say `told`, null to take it away; `ended` is whose time was up, if it was; `isOld` whether the picture has stopped.
  function show(told, ended, isOld) {
    cityops.situation.halt(isOld ? told : null, ended);
    cityops.situation.warn(isOld ? null : told);
    const banner = document.getElementById("banner");
    if (!banner) return;
    const link = told && ended === "session" ? [document.createElement("a")] : [];
    for (const one of link) Object.assign(one, { href: signInHref(), textContent: cityops.text("nav.sign_in") });
    banner.replaceChildren(told || "", ...link);
    banner.classList.toggle("is-shown", told !== null);
  }

  function signInHref() {
    const language = cityops.context.lang === "en" ? "lang=en&" : "";
    const theme = document.documentElement.dataset.theme === "light" ? "theme=light&" : "";
    const { pathname, search } = window.location;
    return `/sign-in?${language}${theme}next=${encodeURIComponent(pathname + search)}`;
  }

  function signInLink() {
    return cityops.part("a", { href: signInHref(), key: "sign-in" }, cityops.text("nav.sign_in"));
  }

  return { show, signInLink };
})();
