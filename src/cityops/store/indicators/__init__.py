"""SQL of indicators: their values as recorded, their series from rollups and counts, and what is usual of them."""
