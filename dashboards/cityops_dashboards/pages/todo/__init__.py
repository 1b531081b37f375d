"""The page of what waits for whoever looks, and of reporting something, for a phone first."""
