"""The verbs of the ingest: a worker, and the replay of what was refused."""
