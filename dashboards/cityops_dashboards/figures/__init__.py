"""Figures: pure functions from data to a Plotly figure."""
