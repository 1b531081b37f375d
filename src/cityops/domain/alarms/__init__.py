"""Alarms: rules as data, what they make of readings, what keeps an alarm quiet, and what a seat has to bear."""
