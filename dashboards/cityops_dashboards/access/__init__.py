"""Who looks, how often, and what becomes of who may not."""
