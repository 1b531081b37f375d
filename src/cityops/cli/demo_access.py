"""Who may come into the demo: an account of each role and a key for senders, made at random for each run; printed."""

from typing import TYPE_CHECKING

from rich.console import Console

from cityops.cli.tables import as_lines
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line

if TYPE_CHECKING:
    from sqlalchemy import Connection

ACCOUNTS = (
    ("leader", "梁值班长", Role.SHIFT_LEADER, WHOLE_CITY),
    ("operator", "陈值班员", Role.OPERATOR, WHOLE_CITY),
    ("haizhu", "海珠区", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))),
    ("street", "赤岗街道", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440105001"}))),
    ("water", "市水务局", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))),
    ("analyst", "数据分析", Role.ANALYST, WHOLE_CITY),
    ("steward", "首席数据官", Role.DATA_STEWARD, WHOLE_CITY),
    ("admin", "管理员", Role.ADMINISTRATOR, WHOLE_CITY),
)
"""Login, name, role and scope."""

_ACTOR = command_line("cityops demo")


def print_access(database_url: str, console: Console) -> None:
    """Make all of it anew, so that what the last run printed opens nothing any more, and print it."""
    from cityops.store.engine import make_engine, writing

    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            console.print(f"  {'key to send':11} {_sender_key(connection)}", soft_wrap=True)
            rows: list[dict[str, object]] = []
            for login, name, role, scope in ACCOUNTS:
                password = _password(connection, login, name, role, scope)
                area = " ".join(sorted(scope.codes)) or "city"
                rows.append(
                    {"sign in as": login, "password": password, "role": f"{role.name_zh} {role}", "area": area}
                )
        for line in as_lines(tuple(rows[0]), rows):
            console.print(f"  {line}", markup=False, soft_wrap=True)
    finally:
        engine.dispose()


def _password(connection: "Connection", login: str, name: str, role: Role, scope: Scope) -> str | None:
    from cityops.store import accounts, administration

    if accounts.one(connection, login) is None:
        return administration.create_account(connection, _ACTOR, login, name, role, scope, None)
    return administration.set_password(connection, _ACTOR, login, None)


def _sender_key(connection: "Connection") -> str:
    """Return a key that may send for every source system over HTTP."""
    from cityops import reference
    from cityops.store import credentials

    codes = frozenset(row["code"] for row in reference.rows("source_systems"))
    subject = Subject("demo sender", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, codes))
    return credentials.renew(connection, _ACTOR, subject)
