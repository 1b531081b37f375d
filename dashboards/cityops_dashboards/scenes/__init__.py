"""Scenes: what the wall shows of which theme, declared in files that an operations centre edits."""
