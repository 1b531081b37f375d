// Dash's history of undo: emptied as it fills, for no page of ours offers undo. Every tick of a timer and every click on a
// chart or a table goes into it, and it is never bounded.
"use strict";

(() => {
  function keepEmpty(store) {
    store.subscribe(() => {
      while (store.getState().history.past.length) store.dispatch({ type: "REVERT" });
    });
  }

  // Dash puts its store here once it has made one, which may be before the page has loaded or after.
  const stores = window.dash_stores || [];
  stores.forEach(keepEmpty);
  stores.push = (...made) => {
    made.forEach(keepEmpty);
    return Array.prototype.push.apply(stores, made);
  };
  window.dash_stores = stores;
})();
