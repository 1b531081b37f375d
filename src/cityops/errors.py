"""Errors that people read: each says what is wrong with which item and how to mend it."""


class CityopsError(Exception):
    """A foreseen failure; the command line prints its text and exits with status 1."""
