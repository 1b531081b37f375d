// The banner: why what a page shows is old, with the way back in for those whose session has ended.
"use strict";

cityops.banner = (() => {
  // Say `told`, null to take the banner away; `ended` is whose time was up, if it was.
  function show(told, ended) {
    const banner = document.getElementById("banner");
    if (!banner) return;
    banner.replaceChildren(told || "", ...(told && ended === "session" ? [signInLink()] : []));
    banner.classList.toggle("is-shown", told !== null);
  }

  function signInLink() {
    const link = document.createElement("a");
    const { pathname, search } = window.location;
    const language = cityops.context.lang === "en" ? "lang=en&" : "";
    link.href = `/sign-in?${language}next=${encodeURIComponent(pathname + search)}`;
    link.textContent = cityops.text("nav.sign_in");
    return link;
  }

  return { show };
})();
