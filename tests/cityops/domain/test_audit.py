"""The audit's words: what each is called for good, and who is written down as the one who did it."""

from enum import StrEnum

import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import COMMAND, NOBODY, Action, Actor, AuditOutcome, command_line

TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
OFFICER = Subject("wang", Role.DISTRICT_OFFICER, TIANHE)


def test_an_actor_with_a_known_credential_has_all_that_is_known() -> None:
    actor = Actor.of(OFFICER, "session", "10.1.2.3", "r-1")
    assert (actor.name, actor.role, actor.scope) == ("wang", Role.DISTRICT_OFFICER, TIANHE)
    assert (actor.kind, actor.address, actor.request_id) == ("session", "10.1.2.3", "r-1")


def test_what_is_not_known_of_an_actor_is_left_open() -> None:
    assert Actor.of(OFFICER) == Actor("wang", Role.DISTRICT_OFFICER, TIANHE)
    nobody = Actor(NOBODY)
    assert (nobody.role, nobody.scope, nobody.kind, nobody.address, nobody.request_id) == (None,) * 5


def test_at_the_command_line_everything_is_open_and_there_is_no_role() -> None:
    assert command_line("root") == Actor("root", None, WHOLE_CITY, COMMAND)


def test_nobody_can_be_told_from_every_login() -> None:
    assert NOBODY == "-"


@pytest.mark.parametrize("action", Action)
def test_an_action_is_a_resource_and_a_verb(action: Action) -> None:
    resource, colon, verb = action.partition(":")
    assert colon == ":"
    assert action.name == f"{resource}_{verb}".upper()


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (AuditOutcome, {"done", "refused", "begun", "broken_off", "failed"}),
        (
            Action,
            {
                *("session:open", "session:close", "session:refused", "access:unknown", "access:refused"),
                *("account:create", "account:change", "account:disable", "account:enable", "account:unlock"),
                *("account:password", "credential:issue", "credential:revoke", "credential:put_off"),
                *("credential:let_in", "reject:show", "reject:replay", "reject:close", "export:read"),
                *(
                    "backup:make",
                    "backup:restore",
                    "device:import",
                    "channel:import",
                    "standard:import",
                    "worker:retire",
                ),
                *("backup:make", "backup:restore", "device:import", "channel:import", "worker:retire"),
                "alarm_rules:import",
            },
        ),
    ],
)
def test_rows_of_past_years_keep_their_words(words: type[StrEnum], written: set[str]) -> None:
    assert written <= {str(word) for word in words}
