"""Pure decoding: bytes of a message into checked items and refusals, without any look at the database."""
