"""The state of the city at this tick: read once, composed for every region that is asked for."""
