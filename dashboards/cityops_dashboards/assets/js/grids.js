// Tables that are wider than their place, as on a phone: what matters most comes first, and it is told that there is more.
"use strict";

window.dashAgGridFunctions = window.dashAgGridFunctions || {};

// Called when a grid may have got a size, or its first rows. Where its columns do not fit, those that are to come first
// do, each as wide as its words; the others are reached by scrolling, which the line above the grid tells.
window.dashAgGridFunctions.fit = ({ api, context }) => {
  const LONGEST = 0.62; // share of the width for a column of sentences, which folds its words
  if (api.isDestroyed()) return; // a grid tells of itself a moment later, when the page may have put another in its place
  const frame = document.querySelector(`#${context.name} .ag-center-cols-viewport`);
  if (!frame || !frame.clientWidth) return;
  const as = `${frame.clientWidth} ${api.getDisplayedRowCount() > 0}`;
  if (context.fitted === as) return; // else it would undo what the reader makes of it
  context.fitted = as;

  const width = api.getAllDisplayedColumns().reduce((sum, column) => sum + column.getActualWidth(), 0);
  const fits = width <= frame.clientWidth + 1;
  document.querySelector(`.swipe[data-of="${context.name}"]`).hidden = fits;
  if (fits) {
    if (width < frame.clientWidth - 1) api.sizeColumnsToFit(); // the window has grown
    return;
  }
  api.moveColumns(context.first, 0);
  api.autoSizeAllColumns({ defaultMaxWidth: Math.floor(frame.clientWidth * LONGEST) });
};

// A cell of a row that has an address of its own, as a link to it.
window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
window.dashAgGridComponentFunctions.Linked = ({ data, value }) =>
  React.createElement("a", { href: data.href, className: "cell-link" }, value);
