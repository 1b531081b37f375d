"""Meaning: what the platform's words are, without input, output or framework."""
