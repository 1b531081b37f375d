"""What verbs of administration share: a grant from options, its words for people and programs, long work audited."""

import getpass

import psycopg
import pytest
import typer

from cityops.cli.access.administering import actor, named_codes, recorded, scope_of, scope_text
from cityops.domain.access import WHOLE_CITY, Scope, ScopeKind
from cityops.domain.audit import Action

CODES = ["440106", "440105"]


@pytest.mark.parametrize(
    ("given", "scope"),
    [
        ((None, None, None, None), WHOLE_CITY),
        (([], [], [], []), WHOLE_CITY),
        ((CODES, None, None, None), Scope(ScopeKind.DISTRICTS, frozenset(CODES))),
        ((None, ["440106013"], None, None), Scope(ScopeKind.STREETS, frozenset({"440106013"}))),
        ((None, [], ["water", "water"], None), Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))),
        ((None, None, None, ["eco-air"]), Scope(ScopeKind.SOURCES, frozenset({"eco-air"}))),
    ],
)
def test_options_of_one_kind_are_a_scope_and_none_are_the_city(
    given: tuple[list[str] | None, ...], scope: Scope
) -> None:
    assert scope_of(*given) == scope


def test_options_of_two_kinds_are_refused_by_name() -> None:
    with pytest.raises(typer.BadParameter, match="one kind of thing, not over districts and sources"):
        scope_of(["440105"], None, None, ["eco-air"])


@pytest.mark.parametrize(
    ("kind", "codes", "people", "programs"),
    [
        ("city", [], "city", "city"),
        ("districts", CODES, "districts 440105 Haizhu, 440106 Tianhe", "districts 440106 440105"),
        ("sources", ["eco-air"], "sources eco-air Air quality network", "sources eco-air"),
        ("districts", ["999999"], "districts 999999", "districts 999999"),  # a code that no longer is
        (None, None, "", ""),  # a session has its account's
        ("city", None, "city", "city"),
    ],
)
def test_a_scope_is_told_with_names_to_people_and_by_codes_to_programs(
    kind: str | None, codes: list[str] | None, people: str, programs: str
) -> None:
    assert (scope_text(kind, codes), scope_text(kind, codes, named=False)) == (people, programs)


def test_codes_are_named_in_their_order() -> None:
    assert named_codes([]) == ""
    assert named_codes(iter(["water", "440105"])) == "440105 Haizhu, water Water Affairs"


def test_who_works_here_is_who_has_signed_in_at_the_machine() -> None:
    who = actor()
    assert (who.name, who.role, who.scope, who.kind) == (getpass.getuser(), None, WHOLE_CITY, "command")


def rows(database: psycopg.Connection) -> list[tuple[str, str, dict[str, object]]]:
    return database.execute("SELECT object, outcome, detail FROM audit ORDER BY id").fetchall()


def test_long_work_has_a_row_before_it_begins_and_one_with_what_became_of_it(
    migrated_database: str, database: psycopg.Connection
) -> None:
    detail: dict[str, object] = {"asked": 3}
    with recorded(migrated_database, Action.BACKUP_MAKE, "/backup", detail):
        assert rows(database) == [("/backup", "begun", {"asked": 3})]  # for all to see while it goes on
        detail["done"] = 2
    with pytest.raises(ZeroDivisionError), recorded(migrated_database, Action.BACKUP_MAKE, "/other", {}):
        _ = 1 / 0
    assert rows(database)[1:] == [
        ("/backup", "done", {"asked": 3, "done": 2}),
        ("/other", "begun", {}),
        ("/other", "failed", {}),
    ]


def test_a_schema_that_has_no_audit_yet_keeps_nobody_from_a_backup(
    migrated_database: str, database: psycopg.Connection
) -> None:
    database.execute("DROP TABLE audit")
    begun = False
    with recorded(migrated_database, Action.BACKUP_MAKE, "/backup", {}):
        begun = True
    assert begun
