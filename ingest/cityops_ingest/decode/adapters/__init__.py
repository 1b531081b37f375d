"""Adapters: one module per foreign format, each turning a message into reports; pure, configured by a route."""
