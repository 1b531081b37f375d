"""Who may ask, how often, and what becomes of who may not."""
