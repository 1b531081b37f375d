"""People for whom the single sign-on vouches: one account each, whatever they are called and how often they come."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from cityops.domain.access import WHOLE_CITY, Role
from cityops.store.access import accounts, people
from cityops.store.access.people import Person
from cityops.store.engine import WriteConnection, writing

ISSUER = "https://sso.gz.example"
CHEN = Person(ISSUER, "chen", "陈某")
GRANTED: dict[str, Any] = {
    "display_name": "陈某",
    "role": Role.DISTRICT_OFFICER,
    "scope_kind": "districts",
    "scope_codes": ["440105"],
}


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "陈某", "preferred_username": "chen"}, "陈某"),
        ({"preferred_username": "chen"}, "chen"),
        ({}, "42"),
        ({"name": "", "preferred_username": ""}, "42"),
        ({"name": ["陈某"], "preferred_username": 7}, "42"),
        ({"name": "陈\n某\x00\x7f"}, "陈 某  "),
        ({"name": "长" * 99}, "长" * 64),
    ],
)
def test_a_person_is_called_by_what_the_issuer_says_and_else_by_the_subject(
    claims: dict[str, Any], name: str
) -> None:
    assert Person.of(ISSUER, {"sub": 42} | claims) == Person(ISSUER, "42", name)


@pytest.mark.parametrize("subject", ["chen", "Chen.Y@gz.example", "a" * 60])
def test_a_fit_subject_is_the_login_and_a_digest_stands_in_where_it_is_taken(subject: str) -> None:
    first, second = Person(ISSUER, subject, "x").logins
    assert first == f"sso.{subject.lower()}"
    assert len(second) == len("sso.") + 16


@pytest.mark.parametrize("subject", ["陈某", "a b", "a" * 61, "a/b", "", "x\n"])
def test_an_unfit_subject_has_a_digest_for_a_login(subject: str) -> None:
    [login] = Person(ISSUER, subject, "x").logins
    assert login.startswith("sso.")
    assert login.removeprefix("sso.").isalnum()


@given(issuer=st.text(), subject=st.text(), name=st.text())
def test_no_login_of_a_person_is_one_that_a_local_account_has_by_chance(issuer: str, subject: str, name: str) -> None:
    person = Person(issuer, subject, name)
    assert all(login.startswith("sso.") and login == login.lower() for login in person.logins)
    assert person.logins == Person(issuer, subject, "another name").logins


def test_an_account_is_made_once_and_found_again(writer: WriteConnection) -> None:
    assert people.found(writer, CHEN) is None
    made = people.made(writer, CHEN, GRANTED)
    assert made is not None
    assert (made["login"], made["display_name"], made["password_hash"]) == ("sso.chen", "陈某", None)
    assert people.found(writer, CHEN) == made
    assert people.made(writer, CHEN, GRANTED) == made
    assert len(accounts.page(writer, None, None)) == 1


def test_the_issuer_s_subject_alone_decides_whose_account_it_is(writer: WriteConnection) -> None:
    made = people.made(writer, CHEN, GRANTED)
    assert people.found(writer, Person(ISSUER, "chen", "another name")) == made
    assert people.found(writer, Person(ISSUER, "Chen", "陈某")) is None
    assert people.found(writer, Person("https://other.example", "chen", "陈某")) is None


def test_who_has_the_same_subject_at_another_issuer_is_somebody_else(writer: WriteConnection) -> None:
    people.made(writer, CHEN, GRANTED)
    other = Person("https://other.example", "chen", "陈某")
    made = people.made(writer, other, GRANTED)
    assert made is not None
    assert made["login"] == other.logins[1]


def test_a_local_account_is_never_taken_over(writer: WriteConnection) -> None:
    for login in CHEN.logins:
        assert accounts.create(writer, login, "local", "digest", Role.ADMINISTRATOR, WHOLE_CITY)
    assert people.made(writer, CHEN, GRANTED) is None
    assert people.found(writer, CHEN) is None
    assert {row["display_name"] for row in accounts.page(writer, None, None)} == {"local"}


def test_name_role_and_scope_are_those_of_the_last_sign_in(writer: WriteConnection) -> None:
    made = people.made(writer, CHEN, GRANTED)
    assert made is not None
    now: dict[str, Any] = {"display_name": "陈 某", "role": Role.ANALYST, "scope_kind": "city", "scope_codes": []}
    people.renew(writer, made["id"], now)
    found = people.found(writer, CHEN)
    assert found is not None
    assert {name: found[name] for name in now} == now
    assert (found["id"], found["login"], found["created_at"]) == (made["id"], made["login"], made["created_at"])


def test_who_signs_in_many_times_at_the_same_moment_has_one_account(engine: Engine) -> None:
    def sign_in(_number: int) -> int:
        with writing(engine) as connection:
            made = people.made(connection, CHEN, GRANTED)
            assert made is not None
            return int(made["id"])

    with ThreadPoolExecutor(6) as at_once:
        assert len(set(at_once.map(sign_in, range(6)))) == 1


def test_who_is_only_vouched_for_cannot_sign_in_by_password(writer: WriteConnection) -> None:
    people.made(writer, CHEN, GRANTED)
    assert accounts.charge(writer, "sso.chen") is None
    row = accounts.one(writer, "sso.chen")
    assert row is not None
    assert (row["has_password"], row["issuer"]) == (False, ISSUER)
