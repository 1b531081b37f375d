"""The page of one case: how it stands, how it came there, what may be done now."""
