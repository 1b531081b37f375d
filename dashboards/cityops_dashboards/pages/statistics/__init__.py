"""The page of how cases are handled: rates side by side by district, unit, class or source."""
