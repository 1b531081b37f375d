"""Modes (平急结合): what the city works under, normal or a response, and the scenes that are sent to its walls."""
