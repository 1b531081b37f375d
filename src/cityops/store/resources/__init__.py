"""SQL of the data resources: datasets, officers, quality, exchange and usage."""
