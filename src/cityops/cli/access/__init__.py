"""Verbs on who may come in: accounts, keys, displays, and the audit of what they did."""
