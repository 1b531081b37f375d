"""The aggregated state of the city over HTTP: reads the store, answers dashboards, analysts and other systems."""
