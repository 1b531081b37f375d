"""Shapes of the API's answers on data resources."""
