// A district's page: the ways to a street and to an event.
"use strict";

window.dash_clientside.district = {
  openStreet(cell) {
    if (cell) cityops.streets.open(cell.rowId);
  },

  // Puts the chosen event into the address, so that it can be sent to a colleague.
  nameEvent(cell) {
    if (!cell) return;
    const address = new URL(window.location.href);
    address.searchParams.set("event", cell.rowId);
    window.history.replaceState(null, "", address);
  },
};
