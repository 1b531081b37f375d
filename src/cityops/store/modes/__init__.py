"""Modes and walls as they are kept."""
