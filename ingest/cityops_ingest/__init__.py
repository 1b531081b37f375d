"""From the wire into the database: sources, pure decoding, a bounded backlog, and one writer that acknowledges after commit."""
