"""Sparkplug B: its protobuf payload, opened as a whole, and what an edge node's messages say."""
