"""Measurements of what runs on several machines: the brokers, the databases."""
