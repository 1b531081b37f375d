"""A district's page: its parts, and what it asks the API for by itself."""
