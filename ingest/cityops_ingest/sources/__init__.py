"""Where messages come from: the broker and HTTP; both make envelopes and put them into the backlog."""
