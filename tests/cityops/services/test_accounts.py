"""Acts on accounts: what each checks and refuses, what it writes, and what the audit says of it."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.grants import GrantError
from cityops.domain.passwords import PasswordError
from cityops.errors import CityopsError
from cityops.local.processes import wait_until
from cityops.services import accounts
from cityops.services.accounts import AbsentError, TakenError
from cityops.store.access import accounts as kept
from cityops.store.access import passwords
from cityops.store.engine import WriteConnection, writing
from factories.acts import BOSS, HAIZHU, THE_BOSS, Book, who

GOOD = "kumquat-Lantern-4711"
TWO = Scope(ScopeKind.DISTRICTS, frozenset({"440106", "440105"}))
ADMINISTRATOR = (Role.ADMINISTRATOR, WHOLE_CITY)
ANALYST = (Role.ANALYST, WHOLE_CITY)


def create(book: Book, login: str, role: Role = Role.DISTRICT_OFFICER, scope: Scope = HAIZHU) -> str | None:
    with writing(book.engine) as connection:
        return accounts.create(connection, BOSS, login, "李小明", role, scope, GOOD)


def change(book: Book, login: str, name: str | None = None, grant: tuple[Role, Scope] | None = None) -> None:
    with writing(book.engine) as connection:
        accounts.change(connection, BOSS, login, display_name=name, grant=grant)


def disable(book: Book, login: str) -> None:
    with writing(book.engine) as connection:
        accounts.disable(connection, BOSS, login)


def differing(before: dict[str, object], after: dict[str, object]) -> dict[str, object]:
    """Return the columns that have another value now."""
    return {name: value for name, value in after.items() if before[name] != value}


def test_an_account_is_made_with_all_that_was_given_and_the_audit_says_by_whom(book: Book) -> None:
    assert create(book, "Li.Ming", scope=TWO) is None
    row = book.account("li.ming")
    assert (row["display_name"], row["role"]) == ("李小明", "district_officer")
    assert (row["scope_kind"], row["scope_codes"]) == ("districts", ["440105", "440106"])
    assert passwords.is_right(GOOD, row["password_hash"])
    assert row["password_changed_at"] is None  # somebody else chose it: an interim one
    assert (row["issuer"], row["disabled_at"], row["failed_attempts"]) == (None, None, 0)
    [audited] = book.audited()
    assert who(audited) == THE_BOSS
    assert (audited["action"], audited["object"], audited["outcome"]) == ("account:create", "li.ming", "done")
    granted = {"role": "district_officer", "scope_kind": "districts", "scope_codes": ["440105", "440106"]}
    assert audited["detail"] == granted  # and no password


def test_an_account_without_a_password_is_given_one_at_random(book: Book) -> None:
    with writing(book.engine) as connection:
        made = accounts.create(connection, BOSS, "li", "李", *ANALYST, None)
    assert made is not None
    assert passwords.is_right(made, book.account("li")["password_hash"])
    assert made not in str(book.audited())


REFUSED = [
    (Role.WALL_DISPLAY, WHOLE_CITY, "role: an account cannot be wall_display"),
    (Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, frozenset({"eco-air"})), "role: an account cannot be"),
    (Role.DISTRICT_OFFICER, WHOLE_CITY, "scope: district_officer cannot reach over city"),
    (Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS), "scope: no code is named"),
    (Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105", "999999"})), "registered as 999999"),
    (Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440105"})), "440105 among the streets"),
    (Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"eco-air"})), "among the departments"),
    (Role.ADMINISTRATOR, Scope(ScopeKind.CITY, frozenset({"440105"})), "scope: the whole city has no codes"),
]


def test_a_grant_that_fits_nobody_makes_and_changes_nothing(book: Book) -> None:
    book.person("wang")
    before = book.all()
    for role, scope, told in REFUSED:
        with pytest.raises(GrantError, match=told):
            create(book, "li", role, scope)
        with pytest.raises(GrantError, match=told):
            change(book, "wang", grant=(role, scope))
    assert (book.all(), book.audited()) == (before, [])


WEAK = [
    ("short", "the password has 5 characters: take 12 to 128"),
    ("my-LI.MING-is-long", "holds the login"),
    ("passwordpassword", "little but common words"),
    ("", "the password has 0 characters"),
]


def test_a_weak_password_makes_and_changes_nothing(book: Book) -> None:
    book.person("li.ming")
    before = book.all()
    for given, told in WEAK:
        with pytest.raises(PasswordError, match=told), writing(book.engine) as connection:
            accounts.create(connection, BOSS, "LI.Ming", "李", *ANALYST, given)
        with pytest.raises(PasswordError, match=told), writing(book.engine) as connection:
            accounts.set_password(connection, BOSS, "li.ming", given)
    assert (book.all(), book.audited()) == (before, [])


def test_a_login_is_taken_in_any_case_and_stays_as_it_was(book: Book) -> None:
    book.person("li")
    before = book.all()
    with pytest.raises(TakenError, match="login: there is an account li already; choose another"):
        create(book, "LI", *ANALYST)
    assert (book.all(), book.audited()) == (before, [])


def test_a_name_is_changed_and_nothing_else(book: Book) -> None:
    book.person("wang")
    before = book.account("wang")
    change(book, "wang", "王五")
    assert differing(before, book.account("wang")) == {"display_name": "王五"}
    [audited] = book.audited()
    assert who(audited) == THE_BOSS
    assert book.actions() == [("account:change", "wang", {"display_name": "王五"})]


def test_role_and_area_are_changed_with_or_without_the_name(book: Book) -> None:
    book.person("wang")
    before = book.account("wang")
    change(book, "wang", grant=(Role.OPERATOR, TWO))
    granted = {"role": "operator", "scope_kind": "districts", "scope_codes": ["440105", "440106"]}
    changed = book.account("wang")
    assert differing(before, changed) == {name: granted[name] for name in ("role", "scope_codes")}
    change(book, "wang", "王五", ANALYST)
    whole = {"role": "analyst", "scope_kind": "city", "scope_codes": []}
    assert differing(changed, book.account("wang")) == whole | {"display_name": "王五"}
    assert [detail for _, _, detail in book.actions()] == [granted, whole | {"display_name": "王五"}]


def test_a_change_of_nothing_leaves_nothing_in_the_audit(book: Book) -> None:
    book.person("wang")
    before = book.all()
    change(book, "wang")
    assert (book.all(), book.audited()) == (before, [])


ACTS_ON_NOBODY: list[Callable[[WriteConnection], object]] = [
    lambda connection: accounts.change(connection, BOSS, "nobody", display_name="无"),
    lambda connection: accounts.change(connection, BOSS, "nobody", grant=ANALYST),
    lambda connection: accounts.disable(connection, BOSS, "nobody"),
    lambda connection: accounts.enable(connection, BOSS, "nobody"),
    lambda connection: accounts.unlock(connection, BOSS, "nobody"),
    lambda connection: accounts.set_password(connection, BOSS, "nobody", GOOD),
]


def test_who_is_not_there_is_named_and_not_audited(book: Book) -> None:
    book.person("wang")
    before = book.all()
    for act in ACTS_ON_NOBODY:
        with pytest.raises(AbsentError, match="there is no account nobody"), writing(book.engine) as connection:
            act(connection)
    assert (book.all(), book.audited()) == (before, [])


def test_the_last_administrator_stays_one(book: Book) -> None:
    book.person("boss", *ADMINISTRATOR)
    book.person("former", *ADMINISTRATOR, disabled_at=text("now()"))  # counts no longer
    before = book.all()
    told = "boss is the last administrator: nobody could change anything; make another one first"
    with pytest.raises(GrantError, match=told):
        change(book, "boss", grant=ANALYST)
    with pytest.raises(GrantError, match=told):
        disable(book, "boss")
    assert (book.all(), book.audited()) == (before, [])
    change(book, "boss", "老板", ADMINISTRATOR)  # who stays one may be changed
    assert book.account("boss")["display_name"] == "老板"


def test_an_administrator_beside_another_may_go(book: Book) -> None:
    for login in ("boss", "chief", "head"):
        book.person(login, *ADMINISTRATOR)
    change(book, "boss", grant=ANALYST)
    disable(book, "chief")
    assert (book.account("boss")["role"], book.account("chief")["disabled_at"] is None) == ("analyst", False)
    with pytest.raises(GrantError, match="head is the last"):
        disable(book, "head")
    # One who is disabled already, and one who was never an administrator, cost none.
    change(book, "chief", grant=ANALYST)
    disable(book, "boss")


def test_two_administrators_who_disable_each_other_at_once_leave_one(book: Book) -> None:
    for login in ("boss", "chief"):
        book.person(login, *ADMINISTRATOR)
    told: list[str] = []

    def second() -> None:
        try:
            disable(book, "chief")
        except CityopsError as error:
            told.append(str(error))

    def waits() -> bool:
        with writing(book.engine) as connection:
            return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    thread = threading.Thread(target=second)
    with writing(book.engine) as connection:
        accounts.disable(connection, BOSS, "boss")
        thread.start()
        assert wait_until(waits, seconds=30)
    thread.join(30)
    assert [sentence.partition(":")[0] for sentence in told] == ["chief is the last administrator"]
    assert book.account("chief")["disabled_at"] is None


def test_a_disabled_account_loses_its_sessions_and_nobody_else_does(book: Book) -> None:
    for login in ("wang", "li"):
        book.person(login)
    sessions, other = [book.session("wang") for _ in range(3)], book.session("li")
    with writing(book.engine) as connection:
        accounts.disable(connection, BOSS, "wang")
        now = kept.present(connection)
    assert book.account("wang")["disabled_at"] == now
    assert [book.credential(one)["revoked_at"] for one in sessions] == [now] * 3
    assert book.credential(other)["revoked_at"] is None
    disable(book, "wang")
    ended = [("account:disable", "wang", {"sessions_ended": count}) for count in (3, 0)]
    assert book.actions() == ended


def test_an_enabled_account_may_come_in_again_but_its_sessions_stay_over(book: Book) -> None:
    book.person("wang")
    session = book.session("wang")
    before = book.account("wang")
    disable(book, "wang")
    with writing(book.engine) as connection:
        accounts.enable(connection, BOSS, "wang")
    assert book.account("wang") == before
    assert book.credential(session)["revoked_at"] is not None
    assert book.actions()[1:] == [("account:enable", "wang", {})]
    assert who(book.audited()[-1]) == THE_BOSS


def test_unlocking_forgives_what_was_wrong_and_ends_no_session(book: Book) -> None:
    book.person("wang")
    before, session = book.account("wang"), book.session("wang")
    book.wrong_passwords("wang", 7)
    with writing(book.engine) as connection:
        accounts.unlock(connection, BOSS, "wang")
    assert book.account("wang") == before
    assert book.credential(session)["revoked_at"] is None
    assert book.actions() == [("account:unlock", "wang", {})]


@pytest.mark.parametrize("own", [False, True])
def test_a_new_password_forgives_ends_sessions_and_is_interim_unless_its_owner_chose_it(
    book: Book, own: bool
) -> None:
    for login in ("wang", "li"):
        book.person(login, password_changed_at=text("now() - interval '1 day'"))
    session, other = book.session("wang"), book.session("li")
    book.wrong_passwords("wang", 5)
    before = book.account("li")
    with writing(book.engine) as connection:
        assert accounts.set_password(connection, BOSS, "wang", GOOD, own=own) is None
        now = kept.present(connection)
    row = book.account("wang")
    assert passwords.is_right(GOOD, row["password_hash"])
    assert row["password_changed_at"] == (now if own else None)
    assert (row["failed_attempts"], row["locked_until"]) == (0, None)
    assert (book.credential(session)["revoked_at"], book.credential(other)["revoked_at"]) == (now, None)
    assert book.account("li") == before
    assert book.actions() == [("account:password", "wang", {"own": own})]
    assert who(book.audited()[0]) == THE_BOSS


def test_a_password_that_nobody_chose_is_made_at_random_and_is_an_interim_one(book: Book) -> None:
    book.person("wang", password_changed_at=text("now()"))
    with writing(book.engine) as connection:
        made = accounts.set_password(connection, BOSS, "wang", None)
    assert made is not None
    row = book.account("wang")
    assert passwords.is_right(made, row["password_hash"])
    assert row["password_changed_at"] is None
    assert book.actions() == [("account:password", "wang", {"own": False})]


def test_who_comes_by_the_single_sign_on_has_no_password_to_set(book: Book) -> None:
    book.person("sso.li", password_hash=None, issuer="https://sso.example", issuer_subject="li")
    before = book.all()
    told = (
        "password: sso.li has none, since https://sso.example vouches for it: disable the account, or mend it there"
    )
    with pytest.raises(PasswordError, match=told), writing(book.engine) as connection:
        accounts.set_password(connection, BOSS, "sso.li", None)
    assert (book.all(), book.audited()) == (before, [])
