"""Alarms in the store: hints of the ingest, what is remembered of each object, alarms, and what keeps them quiet."""
