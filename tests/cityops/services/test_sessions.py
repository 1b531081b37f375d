"""Sessions: begun for whom a password or the single sign-on vouches, ended by their owner, each in the audit."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.grants import GrantError
from cityops.services import accounts as acts
from cityops.services import sessions
from cityops.services.accounts import AbsentError, TakenError
from cityops.store.access import accounts, credentials
from cityops.store.access.accounts import Charged
from cityops.store.access.credentials import CredentialKind, Known
from cityops.store.access.people import Person
from cityops.store.engine import writing
from cityops.store.tables import account
from factories.acts import BOSS, HAIZHU, THE_BOSS, Book, who

ISSUER = "https://sso.example"
LI = Person(ISSUER, "li", "李小明")
TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
OFFICER = (Role.DISTRICT_OFFICER, HAIZHU)


def charged(book: Book, login: str = "wang") -> Charged:
    """Count a failure, as is done before a password is compared."""
    with writing(book.engine) as connection:
        found = accounts.charge(connection, login)
    assert found is not None
    return found


def begin(book: Book, of: Charged) -> tuple[str, Known] | None:
    with writing(book.engine) as connection:
        return sessions.begin(connection, of, "10.0.0.9", "request-2")


def vouched(book: Book, person: Person = LI, role: Role = OFFICER[0], scope: Scope = HAIZHU) -> Charged | None:
    with writing(book.engine) as connection:
        return sessions.vouched(connection, person, role, scope, "10.0.0.9", "request-2")


def test_a_session_stands_for_its_account_and_forgives_the_wrong_passwords(book: Book) -> None:
    number = book.person("wang")
    book.wrong_passwords("wang", 3)
    with writing(book.engine) as connection:
        connection.execute(update(account).values(locked_until=None))
    of = charged(book)
    assert book.account("wang")["failed_attempts"] == 4
    with writing(book.engine) as connection:
        begun = sessions.begin(connection, of, "10.0.0.9", "request-2")
        now = accounts.present(connection)
    assert begun is not None
    token, known = begun
    assert (known.subject.name, known.subject.role, known.subject.scope) == ("wang", *OFFICER)
    assert (known.kind, known.expires_at) == (CredentialKind.SESSION, now + timedelta(hours=12))
    assert (known.display_name, known.interim_password) == ("wang 某", True)
    with writing(book.engine) as connection:
        assert credentials.find(connection, token) == known
    row = book.credential(known.id)
    assert (row["account_id"], row["label"], row["created_by"], row["role"]) == (number, "wang", "wang", None)
    assert (book.account("wang")["failed_attempts"], book.account("wang")["locked_until"]) == (0, None)
    [audited] = book.audited()
    assert (audited["action"], audited["object"], audited["detail"]) == ("session:open", known.id, {})
    assert who(audited) == ("wang", "district_officer", "districts", ["440105"], "session", "10.0.0.9", "request-2")
    assert token.split("_", 2)[2] not in str(audited)


@pytest.mark.parametrize(
    "change",
    [{"disabled_at": text("now()")}, {"password_hash": "another"}, {"password_hash": None}],
    ids=["disabled", "another password", "no password any more"],
)
def test_who_was_changed_between_password_and_session_is_not_let_in(book: Book, change: dict[str, object]) -> None:
    book.person("wang")
    of = charged(book)
    with writing(book.engine) as connection:
        connection.execute(update(account).values(change))
    before = book.all()
    assert begin(book, of) is None
    assert (book.all(), book.audited()) == (before, [])


def test_nobody_ends_another_s_session_nor_one_twice(book: Book) -> None:
    for login in ("wang", "li"):
        book.person(login)
    mine, other = book.session("wang"), book.session("li")

    def end(identifier: str) -> None:
        with writing(book.engine) as connection:
            sessions.end(connection, BOSS, "wang", identifier)

    for identifier in (other, "unknown"):
        with pytest.raises(AbsentError, match=f"there is no session {identifier} of wang that is still valid"):
            end(identifier)
    assert (book.credential(other)["revoked_at"], book.audited()) == (None, [])
    end(mine)
    assert book.credential(mine)["revoked_at"] is not None
    with pytest.raises(AbsentError, match="still valid"):
        end(mine)
    assert book.actions() == [("session:close", mine, {})]
    assert who(book.audited()[0]) == THE_BOSS


def test_whom_the_single_sign_on_vouches_for_has_an_account_from_then_on(book: Book) -> None:
    of = vouched(book)
    row = book.account("sso.li")
    assert of == Charged(row["id"], "sso.li", None)
    assert (row["display_name"], row["role"], row["scope_codes"]) == ("李小明", "district_officer", ["440105"])
    assert (row["issuer"], row["issuer_subject"], row["password_hash"]) == (ISSUER, "li", None)
    [audited] = book.audited()
    assert who(audited) == ("sso.li", "district_officer", "districts", ["440105"], "oidc", "10.0.0.9", "request-2")
    granted = {"role": "district_officer", "scope_kind": "districts", "scope_codes": ["440105"]}
    assert book.actions() == [("account:create", "sso.li", granted | {"display_name": "李小明", "issuer": ISSUER})]
    begun = begin(book, of)
    assert begun is not None
    assert (begun[1].subject.name, begun[1].has_password) == ("sso.li", False)


def test_who_comes_again_unchanged_leaves_no_second_row(book: Book) -> None:
    first = vouched(book)
    before, audited = book.all(), book.audited()
    assert vouched(book) == first
    assert (book.all(), book.audited()) == (before, audited)


@pytest.mark.parametrize(
    ("person", "role", "scope", "changed"),
    [
        (Person(ISSUER, "li", "李大明"), *OFFICER, {"display_name": "李大明"}),
        (LI, Role.OPERATOR, HAIZHU, {"role": "operator"}),
        (LI, Role.DISTRICT_OFFICER, TIANHE, {"scope_codes": ["440106"]}),
        (LI, Role.ANALYST, WHOLE_CITY, {"role": "analyst", "scope_kind": "city", "scope_codes": []}),
    ],
)
def test_what_the_single_sign_on_says_now_replaces_what_it_said(
    book: Book, person: Person, role: Role, scope: Scope, changed: dict[str, object]
) -> None:
    book.person("wang")
    vouched(book)
    before, other = book.account("sso.li"), book.account("wang")
    assert vouched(book, person, role, scope) == Charged(before["id"], "sso.li", None)
    assert book.account("sso.li") == before | changed
    assert book.account("wang") == other
    last = book.audited()[-1]
    assert (last["action"], last["object"], last["role"], last["kind"]) == ("account:change", "sso.li", role, "oidc")
    assert last["detail"] == {
        "display_name": person.name,
        "role": role,
        "scope_kind": scope.kind,
        "scope_codes": sorted(scope.codes),
        "issuer": ISSUER,
    }


def test_who_is_disabled_stays_out_whatever_the_single_sign_on_says(book: Book) -> None:
    vouched(book)
    with writing(book.engine) as connection:
        acts.disable(connection, BOSS, "sso.li")
    before, audited = book.all(), book.audited()
    assert vouched(book, role=Role.OPERATOR) is None
    assert vouched(book) is None
    assert (book.all(), book.audited()) == (before, audited)


REFUSED = [
    (Role.WALL_DISPLAY, WHOLE_CITY, "an account cannot be wall_display"),
    (Role.DISTRICT_OFFICER, WHOLE_CITY, "cannot reach over city"),
    (Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"999999"})), "registered as 999999"),
]


def test_a_grant_that_fits_nobody_is_refused_for_new_and_known_people(book: Book) -> None:
    for _ in range(2):
        before, audited = book.all(), book.audited()
        for role, scope, told in REFUSED:
            with pytest.raises(GrantError, match=told):
                vouched(book, role=role, scope=scope)
        assert (book.all(), book.audited()) == (before, audited)
        vouched(book)


def test_a_login_that_somebody_else_has_is_never_taken_over(book: Book) -> None:
    first, second = LI.logins
    book.person(first)
    assert vouched(book) == Charged(book.account(second)["id"], second, None)
    zhao = Person(ISSUER, "zhao", "赵")
    for login in zhao.logins:
        book.person(login)
    before, audited = book.all(), book.audited()
    told = f"login: {' and '.join(zhao.logins)} are somebody else's; rename or remove those accounts"
    with pytest.raises(TakenError, match=told):
        vouched(book, zhao)
    assert (book.all(), book.audited()) == (before, audited)
