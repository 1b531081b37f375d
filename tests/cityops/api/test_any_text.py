"""Any text in any string of any route: what is no Unicode or holds NUL is a 422 by name, and nothing is a 500."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.api.app import create_app
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.local.processes import wait_until
from factories.world import World
from fixtures.accounts import PASSWORD, account
from fixtures.api import token_of

DOCUMENT: Mapping[str, Any] = create_app("postgresql:///").openapi()
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
EXAMPLES = 12

FLAWED = ["\ud800x", "x\udfff", "\x00", "a\x00b", "\ud800" * 12, "\udc00\ud800"]
LETTERS = st.characters(exclude_categories=())  # surrogates too, unlike hypothesis's own
TEXTS = st.one_of(st.sampled_from([*FLAWED, "", "440106", "\U0001f600", "\u202e", "%00", "1e400"]), st.text(LETTERS))
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.integers(-(2**70), 2**70), st.floats())
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return DOCUMENT["components"]["schemas"][name] if name else schema


def fitting(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of the schema's shape, whose leaves mostly fit."""
    schema = resolved(schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of(*map(fitting, schema["anyOf"]))
    if schema.get("type") == "array":
        return st.lists(value(schema["items"]), max_size=2)
    if schema.get("type") == "object":
        needed = set(schema.get("required", ()))
        parts = {name: value(one) for name, one in schema.get("properties", {}).items()}
        return st.fixed_dictionaries(
            {name: one for name, one in parts.items() if name in needed},
            optional={name: one for name, one in parts.items() if name not in needed},
        )
    if schema.get("pattern", "").isascii() and schema.get("pattern"):
        return st.from_regex(re.compile(schema["pattern"], re.ASCII))
    return {"integer": st.integers(1, 100), "boolean": st.booleans()}.get(
        schema.get("type", ""), st.text(max_size=20)
    )


def value(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return st.one_of(fitting(schema), fitting(schema), TEXTS, ANYTHING)


def is_flawed(told: Any) -> bool:
    if isinstance(told, str):
        return "\x00" in told or any("\ud800" <= letter <= "\udfff" for letter in told)
    if isinstance(told, Mapping):
        return any(map(is_flawed, [*told, *told.values()]))
    return isinstance(told, list) and any(map(is_flawed, told))


NUMBERED = re.compile(r"\{(alarm|quiet)_id\}")
"""Where no number stands in such an address, nothing is served there."""


def quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


@st.composite
def questions(draw: st.DrawFn, path: str, operation: Mapping[str, Any]) -> tuple[str, bytes | None, bool]:
    """Return an address, a body, and whether a text in either of them is flawed."""
    told: list[Any] = []
    query: list[tuple[str, str]] = []
    for one in operation.get("parameters", ()):
        given_ = draw(st.one_of(fitting(one["schema"]), TEXTS))
        text = given_ if isinstance(given_, str) else str(given_)
        if one["in"] == "path":
            text = text if text.strip(".") else "-"  # without a name, or with dots alone, it is another address
            path = path.replace(f"{{{one['name']}}}", quoted(text))
            told.append(text)
        elif one.get("required") or draw(st.booleans()):
            query.append((one["name"], text))
    if draw(st.integers(0, 5)) == 0:
        query.append((draw(TEXTS), draw(TEXTS)))
    told += [text for pair in query for text in pair]
    body = None
    if "requestBody" in operation:
        media = next(iter(operation["requestBody"]["content"].values()))
        sent = draw(value(media["schema"]))
        body = json.dumps(sent).encode()
        if media["schema"].get("format") != "binary":
            told.append(json.loads(body))  # two halves of a pair that met are one character
    return f"{path}?{'&'.join(f'{quoted(name)}={quoted(text)}' for name, text in query)}", body, is_flawed(told)


@pytest.fixture
def sessions(world: World, api_url: str, migrated_database: str) -> Iterator[Mapping[str, httpx.Client]]:
    """Give clients of an administrator and of a shift leader, who may do everything between them."""
    world.says(world.device("WL-1"), "water_depth", 7, world.ago(1))
    world.case("reported", "dispatched")
    account(migrated_database, "boss", Role.ADMINISTRATOR, WHOLE_CITY)
    signed = httpx.post(f"{api_url}/api/v1/sessions", json={"login": "boss", "password": PASSWORD}).json()["token"]
    leader = token_of(migrated_database, Subject("leader", Role.SHIFT_LEADER, WHOLE_CITY))
    clients = {
        name: httpx.Client(
            base_url=api_url,
            timeout=30,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        for name, token in (("administrator", signed), ("leader", leader))
    }
    yield clients
    for client in clients.values():
        client.close()


def ask(clients: Iterable[httpx.Client], method: str, path: str, operation: Mapping[str, Any]) -> None:
    """Ask an operation for what hypothesis thinks of."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(questions(path, operation))
    def is_answered(asked: tuple[str, bytes | None, bool]) -> None:
        address, body, flawed = asked
        for client in clients:
            answer = client.request(method, address, content=body)
            assert answer.status_code < 500, answer.text
            if flawed:
                assert answer.status_code in ({404, 422} if NUMBERED.search(path) else {422}), answer.text

    is_answered()


def test_every_route_answers_any_text(sessions: Mapping[str, httpx.Client]) -> None:
    assert len(OPERATIONS) >= 30
    for method, path, operation in OPERATIONS:
        if (method, path) != ("DELETE", "/api/v1/sessions/current"):  # ends the session that asks; it takes no text
            ask(sessions.values(), method, path, operation)


def test_a_malformed_sign_in_is_refused_by_name_and_audited_and_counts_for_nothing(
    world: World, api_url: str, database: psycopg.Connection, migrated_database: str
) -> None:
    account(migrated_database, "wang")
    for place, text in product(("login", "password"), FLAWED):
        body = json.dumps({"login": "wang", "password": PASSWORD} | {place: text})
        answer = httpx.post(f"{api_url}/api/v1/sessions", content=body, headers=JSON)
        assert answer.status_code == 422, answer.text
        assert [one["item"] for one in answer.json()["errors"]] == [place]
    assert wait_until(lambda: audited(database) == [("-", "session:refused", "refused", "password")], seconds=10)
    assert database.execute("SELECT failed_attempts, locked_until FROM account").fetchall() == [(0, None)]


def test_a_sign_in_is_audited_whatever_is_raised(
    world: World, api_url: str, database: psycopg.Connection, migrated_database: str
) -> None:
    account(migrated_database, "wang")
    database.execute("UPDATE account SET password_hash = 'no digest of any kind'")
    answer = httpx.post(f"{api_url}/api/v1/sessions", json={"login": "wang", "password": PASSWORD})
    assert answer.status_code == 500
    assert wait_until(lambda: audited(database) == [("wang", "session:refused", "refused", "password")], seconds=10)
    assert httpx.post(f"{api_url}/api/v1/sessions", content=b"[" * 100_000, headers=JSON).status_code == 400
    assert wait_until(lambda: ("-", *audited(database)[0][1:]) in audited(database), seconds=10)


JSON = {"Content-Type": "application/json"}


def audited(database: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Return the refusals of the audit."""
    return database.execute(
        "SELECT subject, action, outcome, object FROM audit WHERE outcome = 'refused' ORDER BY id"
    ).fetchall()


NAMED = [
    ("/api/v1/audit?object=%00", "object"),
    ("/api/v1/audit?object=%ED%A0%80", "object"),
    ("/api/v1/audit?obj%FFect=x", "obj\\xffect"),
    ("/api/v1/devices/%00", "path"),
    ("/api/v1/devices/W%C3", "path"),
    ("/nothing/%00", "path"),
    ("/api/v1/regions/440106?a=1&b=%C0%80", "b"),
]


@pytest.mark.parametrize(("address", "item"), NAMED)
def test_flawed_text_in_an_address_is_named(api: httpx.Client, world: World, address: str, item: str) -> None:
    answer = api.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [one["item"] for one in answer.json()["errors"]] == [item]
    assert answer.json()["detail"].startswith(f"{item}: ")


@pytest.mark.parametrize("name", ["X-Request-Id", "Authorization"])
def test_flawed_text_in_a_header_is_named(api: httpx.Client, world: World, name: str) -> None:
    answer = api.get("/api/v1/me", headers={name.encode(): b"Bearer a\xff\xfe"})
    assert answer.status_code == 422
    assert [one["item"] for one in answer.json()["errors"]] == [name.lower()]


def test_text_in_another_encoding_or_with_raw_surrogates_is_named(api: httpx.Client, world: World) -> None:
    body = {"login": "wang", "password": "\ud800"}
    for encoding in ("utf-8", "utf-16", "utf-32-le"):
        content = json.dumps(body, ensure_ascii=False).encode(encoding, "surrogatepass")
        answer = api.post("/api/v1/sessions", content=content, headers=JSON)
        assert answer.status_code == 422, answer.text
        assert [one["item"] for one in answer.json()["errors"]] == ["password"]
