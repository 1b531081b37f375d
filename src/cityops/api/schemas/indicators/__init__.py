"""Shapes of the API's answers on indicators: an entry of the catalogue, and the vital signs made of them."""
