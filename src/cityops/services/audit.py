"""How long work is audited: once before it begins and once at its end, whatever becomes of it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cityops.domain.audit import AuditOutcome

Write = Callable[[AuditOutcome, Mapping[str, Any]], None]
"""Writes a row of the audit with an outcome and its detail, committed at once."""


@contextmanager
def recorded(write: Write, begun: Mapping[str, Any], ended: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Record the block before it begins, and at its end with what became of it and what `ended` returns then.

    Where the first row cannot be written the block does not begin.
    """
    write(AuditOutcome.BEGUN, begun)
    outcome = AuditOutcome.FAILED
    try:
        yield
        outcome = AuditOutcome.DONE
    except GeneratorExit:  # nobody reads on
        outcome = AuditOutcome.BROKEN_OFF
        raise
    finally:
        write(outcome, ended())
