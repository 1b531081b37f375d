"""What crosses the network between a source system and the ingest workers: topics and payloads."""
