"""From the wire into the database: sources, pure decoding, a bounded backlog, a writer that settles after commit."""
