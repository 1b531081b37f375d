"""Shapes of the API's answers on indicators: entries of the catalogue, vital signs, corrections, conflicts, targets, lateness."""
