"""The only place that speaks SQL: the schema, and what is written to and read from it."""
