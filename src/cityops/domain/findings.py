"""What `cityops doctor` finds weak in a deployment: from its checks to the table in the terminal."""

from dataclasses import dataclass
from enum import StrEnum

LOCAL = {"127.0.0.1", "::1", "localhost"}
"""Hosts that only this machine reaches; TLS to them protects nothing."""


class FindingSeverity(StrEnum):
    """How bad it is; only what is serious makes the verb fail."""

    SERIOUS = "serious"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One weakness: which item, why it is one, and what mends it."""

    severity: FindingSeverity
    item: str
    reason: str
    remedy: str


def serious(item: str, reason: str, remedy: str) -> Finding:
    """Return a finding without which a deployment must not go live."""
    return Finding(FindingSeverity.SERIOUS, item, reason, remedy)


def warning(item: str, reason: str, remedy: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(FindingSeverity.WARNING, item, reason, remedy)


def note(item: str, reason: str, remedy: str) -> Finding:
    """Return a finding that is no weakness, but good to know."""
    return Finding(FindingSeverity.NOTE, item, reason, remedy)
