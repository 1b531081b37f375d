"""Panels: one name in Python, script, style and texts; wall and pages put them together."""
