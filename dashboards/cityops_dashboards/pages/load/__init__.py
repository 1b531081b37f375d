"""The page of the load of alarms: figures of a seat, its worst rules, and what would help them."""
