"""The air quality index (AQI): its editions as tables, means of the hours, the index of a period, a series of it."""
