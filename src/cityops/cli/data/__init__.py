"""Verbs of analysts and of those who answer for data: indicators, their declarations, and files."""
