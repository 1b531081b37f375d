"""Pieces of time: they cover a period once, in order, cut where the database cuts."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.exports.pieces import TimePieces

_moments = st.timedeltas(timedelta(0), timedelta(days=60)).map(datetime(2026, 1, 1, tzinfo=UTC).__add__)
_lengths = st.timedeltas(timedelta(hours=1), timedelta(days=7))


@given(_moments, st.timedeltas(timedelta(0), timedelta(days=20)), _lengths)
def test_pieces_cover_a_period_once(start: datetime, span: timedelta, length: timedelta) -> None:
    pieces = TimePieces(start, start + span, length)
    every = list(pieces)
    assert [first for first, _ in every[:1]] == [start for _ in every[:1]]
    assert [last for _, last in every[-1:]] == [start + span for _ in every[-1:]]
    assert all(before[1] == after[0] for before, after in pairwise(every))
    assert bool(every) == bool(span)
    assert all(timedelta(0) < last - first <= length for first, last in every)


@given(_moments, st.timedeltas(timedelta(minutes=1), timedelta(days=20)), _lengths, st.floats(0, 0.999))
def test_a_piece_begins_where_it_does_also_for_the_rest_alone(
    start: datetime, span: timedelta, length: timedelta, share: float
) -> None:
    pieces = TimePieces(start, start + span, length)
    at = start + span * share
    begin = pieces.begin(at)
    [piece] = [one for one in pieces if one[0] <= at < one[1]]
    assert begin == piece[0]
    assert list(TimePieces(begin, pieces.end, length)) == [one for one in pieces if one[0] >= begin]


def test_borders_are_those_of_the_database() -> None:
    at = datetime(2026, 11, 28, 7, 30, tzinfo=UTC)
    pieces = TimePieces(at, at + timedelta(hours=6), timedelta(hours=6))
    assert [first.hour for first, _ in pieces] == [7, 12]
