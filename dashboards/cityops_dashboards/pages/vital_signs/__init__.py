"""The page of the city's vital signs."""
