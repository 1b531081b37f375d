"""The page of one device: where it stands, what it measures, its alarms, its states, and the cases around it."""
