"""Long work in the audit: two rows whatever becomes of it; nothing begins of which the first cannot be written."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest

from cityops.domain.audit import AuditOutcome
from cityops.services.audit import recorded


class Rows:
    """What was written, in order; the first of it fails where the audit is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.written: list[tuple[AuditOutcome, dict[str, Any]]] = []
        self._is_away = is_away

    def write(self, outcome: AuditOutcome, detail: Mapping[str, Any]) -> None:
        """Keep a row."""
        if self._is_away:
            raise ConnectionError("the database is away")
        self.written.append((outcome, dict(detail)))


def pieces(rows: Rows) -> Generator[int]:
    done: dict[str, int] = {}
    with recorded(rows.write, {"filter": "all"}, lambda: {"filter": "all", **done}):
        for number in range(3):
            done["rows"] = number + 1
            yield number


def test_what_is_done_has_a_row_before_and_after() -> None:
    rows = Rows()
    assert list(pieces(rows)) == [0, 1, 2]
    assert rows.written == [
        (AuditOutcome.BEGUN, {"filter": "all"}),
        (AuditOutcome.DONE, {"filter": "all", "rows": 3}),
    ]


def test_what_nobody_reads_on_is_broken_off_with_what_had_gone_out() -> None:
    rows = Rows()
    reading = pieces(rows)
    assert next(reading) == 0
    reading.close()
    assert rows.written[-1] == (AuditOutcome.BROKEN_OFF, {"filter": "all", "rows": 1})


def test_what_fails_says_so_and_fails() -> None:
    rows = Rows()
    with pytest.raises(ZeroDivisionError), recorded(rows.write, {}, dict):
        _ = 1 / 0
    assert [outcome for outcome, _ in rows.written] == [AuditOutcome.BEGUN, AuditOutcome.FAILED]


def test_nothing_begins_that_cannot_be_recorded() -> None:
    rows = Rows(is_away=True)
    begun = False
    with pytest.raises(ConnectionError), recorded(rows.write, {}, dict):
        begun = True
    assert not begun
