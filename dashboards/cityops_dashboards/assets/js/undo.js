// Dash's history of undo: emptied as it fills, for no page of ours offers undo. Every tick of a timer and every click on a
// chart or a table goes into it, and it is never bounded.
"use strict";

window.addEventListener("load", () => {
  for (const store of window.dash_stores || []) {
    store.subscribe(() => {
      while (store.getState().history.past.length) store.dispatch({ type: "REVERT" });
    });
  }
});
