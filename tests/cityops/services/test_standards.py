"""Acts on case standards on the real database: a set replaces another, or nothing changes; what cases bear stays."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.events.deadlines import Limit, LimitKind
from cityops.domain.events.standards import COLUMNS, CaseStandard, StandardsError
from cityops.domain.intervals import CITY_ZONE
from cityops.services import standards
from cityops.store.engine import writing
from cityops.store.events import standards as store
from cityops.store.events.standards import Replaced
from cityops.store.schema import seed
from factories.acts import BOSS, THE_BOSS, Book, who

EXAMPLES = reference.case_standards()
OWN = [replace(one, is_example=False, version=2, basis="市级立案标准 2026") for one in EXAMPLES[:-1]]
OWN.append(replace(EXAMPLES[-1], code="consumer_dispute-own", is_example=False))


def text(rows: Sequence[CaseStandard]) -> str:
    output = io.StringIO()
    csv.writer(output).writerows([COLUMNS, *(one.cells() for one in rows)])
    return output.getvalue()


def put(book: Book, rows: Sequence[CaseStandard]) -> Replaced:
    with writing(book.engine) as connection:
        return standards.put_in_force(connection, BOSS, text(rows), "own.csv", utc_now())


def valid(book: Book) -> list[CaseStandard]:
    with writing(book.engine) as connection:
        return store.valid(connection, utc_now().astimezone(CITY_ZONE).date())


def test_a_prepared_database_has_the_examples_in_force(book: Book) -> None:
    assert valid(book) == list(EXAMPLES)


def test_a_citys_own_set_replaces_the_examples_and_old_versions_stay(book: Book) -> None:
    assert put(book, OWN) == Replaced(added=len(OWN), unchanged=0, withdrawn=1)
    assert valid(book) == OWN
    with writing(book.engine) as connection:
        assert store.one(connection, *EXAMPLES[0].key) == EXAMPLES[0]
        assert store.one(connection, *EXAMPLES[-1].key) == EXAMPLES[-1]
        assert store.versions(connection, OWN[0].code) == [OWN[0], EXAMPLES[0]]
        assert store.one(connection, "nothing", 1) is None
    [audited] = book.audited()
    assert (who(audited), audited["action"], audited["object"]) == (THE_BOSS, "standard:import", "own.csv")
    assert audited["detail"] == {"added": len(OWN), "unchanged": 0, "withdrawn": 1}


def test_the_same_set_again_changes_nothing(book: Book) -> None:
    put(book, OWN)
    assert put(book, OWN) == Replaced(added=0, unchanged=len(OWN), withdrawn=0)
    assert valid(book) == OWN


def test_what_was_withdrawn_comes_back_as_it_was(book: Book) -> None:
    put(book, OWN)
    assert put(book, [*OWN, EXAMPLES[-1]]) == Replaced(added=0, unchanged=len(OWN) + 1, withdrawn=0)
    assert valid(book) == [*OWN[:-1], *sorted([OWN[-1], EXAMPLES[-1]], key=lambda one: one.code)]


def test_a_set_with_a_fault_changes_nothing(book: Book) -> None:
    longer = replace(EXAMPLES[0], limit=Limit(LimitKind.DAYS, 3))
    with pytest.raises(
        StandardsError, match="line 2, illegal_building-rising: version: version 1 is kept with another"
    ):
        put(book, [longer, *OWN[1:]])
    assert (valid(book), book.audited()) == (list(EXAMPLES), [])


def test_a_version_that_begins_later_leaves_the_other_in_force_until_then(book: Book) -> None:
    today = utc_now().astimezone(CITY_ZONE).date()
    later = [replace(OWN[0], version=3, valid_from=today + timedelta(days=1)), *OWN[1:]]
    put(book, OWN)
    put(book, later)
    with writing(book.engine) as connection:
        assert store.valid(connection, today, OWN[0].class_code)[0] == OWN[0]
        assert store.valid(connection, today + timedelta(days=1), OWN[0].class_code)[0] == later[0]


def test_new_examples_do_not_come_beside_a_citys_own_set(book: Book) -> None:
    put(book, OWN)
    with writing(book.engine) as connection:
        assert seed.load(connection)["case_standard"] == 0
    assert valid(book) == OWN
