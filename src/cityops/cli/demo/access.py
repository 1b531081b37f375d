"""Who may come into the demo: an account of each role and a key for senders, made at random at its first start."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from cityops.cli.access.administering import named_codes
from cityops.cli.lists import as_lines
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.domain.audit import command_line

if TYPE_CHECKING:
    from cityops.store.engine import WriteConnection

ACCOUNTS = (
    ("leader", "梁值班长", Role.SHIFT_LEADER, WHOLE_CITY),
    ("operator", "陈值班员", Role.OPERATOR, WHOLE_CITY),
    ("haizhu", "海珠区", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440105"}))),
    ("street", "赤岗街道", Role.STREET_OFFICER, Scope(ScopeKind.STREETS, frozenset({"440105001"}))),
    ("water", "市水务局", Role.DEPARTMENT_HANDLER, Scope(ScopeKind.DEPARTMENTS, frozenset({"water"}))),
    ("analyst", "数据分析", Role.ANALYST, WHOLE_CITY),
    ("liaison", "赤岗街道数据联络员", Role.DATA_LIAISON, Scope(ScopeKind.STREETS, frozenset({"440105001"}))),
    ("steward", "首席数据官", Role.DATA_STEWARD, WHOLE_CITY),
    ("admin", "管理员", Role.ADMINISTRATOR, WHOLE_CITY),
)
"""Login, name, role and scope."""

_ACTOR = command_line("cityops demo")


FILE = "access.json"
"""In the instance's folder: the passwords by login, and the key; only the account that runs the demo can read it."""

CHANGED = "changed since; another: cityops accounts password"


def print_access(database_url: str, folder: Path, console: Console) -> None:
    """Print passwords and key, the same at each start; they are made where they are missing."""
    from cityops.local.places import keep
    from cityops.store.engine import make_engine, writing

    file = folder / FILE
    known = _read(file)
    engine = make_engine(database_url)
    try:
        with writing(engine) as connection:
            known["key"] = _sender_key(connection, known.get("key", ""))
            rows = [_row(connection, known, *one) for one in ACCOUNTS]
            keep(file, json.dumps(known))
    finally:
        engine.dispose()
    console.print(f"  {'key to send':11} {known['key']}", soft_wrap=True)
    for line in as_lines(tuple(rows[0]), rows):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"  They stay the same, and are kept in {file}", markup=False, soft_wrap=True)


def _read(file: Path) -> dict[str, str]:
    from cityops.local.places import kept

    try:
        return {str(login): str(secret) for login, secret in json.loads(kept(file) or "{}").items()}
    except (ValueError, AttributeError):  # broken off, or written to by hand: made anew
        return {}


def _row(
    connection: "WriteConnection", known: dict[str, str], login: str, name: str, role: Role, scope: Scope
) -> dict[str, object]:
    password = _password(connection, known, login, name, role, scope)
    area = named_codes(scope.codes) or "city"
    return {"sign in as": login, "password": password, "role": f"{role.name_zh} {role}", "area": area}


def _password(
    connection: "WriteConnection", known: dict[str, str], login: str, name: str, role: Role, scope: Scope
) -> str:
    """Return the password as it is kept; a new one where none is, and no password where somebody has changed it."""
    from cityops.services import accounts as acts
    from cityops.store.access import accounts, passwords

    former = known.get(login)
    if accounts.one(connection, login) is None:
        made = acts.create(connection, _ACTOR, login, name, role, scope, former)
    elif former is None:
        made = acts.set_password(connection, _ACTOR, login, None)
    elif passwords.is_right(former, accounts.password_hash(connection, login)):
        return former
    else:
        return f"{CHANGED} {login}"
    known[login] = made or former or ""
    return known[login]


def _sender_key(connection: "WriteConnection", former: str) -> str:
    """Return a key that may send for every source system over HTTP: the former one while it is good."""
    from cityops import reference
    from cityops.store.access import credentials

    if former and credentials.find(connection, former):
        return former
    codes = frozenset(row["code"] for row in reference.rows("source_systems"))
    subject = Subject("demo sender", Role.SOURCE_SYSTEM, Scope(ScopeKind.SOURCES, codes))
    return credentials.renew(connection, _ACTOR, subject)
