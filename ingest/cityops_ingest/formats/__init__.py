"""Formats of others: a module for each, turning a message into reports; pure, configured by a route."""
