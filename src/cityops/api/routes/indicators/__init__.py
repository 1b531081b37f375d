"""Routes on indicators: over time, what is usual of them, and the air quality index."""
