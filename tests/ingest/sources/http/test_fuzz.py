"""Any body, and bodies nearly right, sent to a running HTTP ingest: it stores what its answer says, and no more."""

import gzip
import json
from typing import Any, NamedTuple

import httpx
import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

READINGS, EVENTS = "/v1/readings/water-logging", "/v1/events/hotline-12345"
MOMENT = "2026-11-20T00:00:00Z"
SOUND: dict[str, Any] = {"device": "WL-1", "ts": MOMENT, "metric": "water_depth", "value": 1}
CASE: dict[str, Any] = {
    "external_id": "H1",
    "sequence": 0,
    "class": "gas_leak",
    "status": "reported",
    "title": "疑似燃气泄漏",
    "region": "440106013",
    "occurred_at": MOMENT,
    "status_at": MOMENT,
}


class Kept(NamedTuple):
    """What the store holds: rows, refusals of rejects, and the ledger's sums."""

    rows: int
    refusals: int
    received: int
    stored: int
    duplicate: int
    rejected: int


def kept(database: psycopg.Connection) -> Kept:
    row = database.execute(
        """
        SELECT (SELECT count(*) FROM reading) + (SELECT count(*) FROM event_history),
               (SELECT coalesce(sum(refusals), 0) FROM reject),
               coalesce(sum(received), 0), coalesce(sum(stored), 0), coalesce(sum(duplicate), 0),
               coalesce(sum(rejected), 0)
        FROM ingest_ledger
        """
    ).fetchone()
    assert row is not None
    return Kept(*map(int, row))


_odd: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 10**400, 1e308, "", "nan", "\0", "\ud800", [], {}, [[]], {"a": {}}, MOMENT, 5]
)
_values = _odd | st.text(max_size=5) | st.integers() | st.floats()


def _nearly(sound: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give an object with some fields left out and others replaced."""
    changes = st.dictionaries(st.sampled_from([*sound, "values", "quality", "other"]), _values, max_size=2)
    left_out = st.sets(st.sampled_from([*sound]), max_size=1)
    minute = st.integers(0, 59).map(lambda number: {"ts": f"2026-11-20T00:{number:02}:00Z", "sequence": number})
    return st.builds(
        lambda moved, changed, gone: {
            name: value
            for name, value in (sound | {k: v for k, v in moved.items() if k in sound} | changed).items()
            if name not in gone
        },
        minute,
        changes,
        left_out,
    )


_items = st.lists(_nearly(SOUND) | _nearly(CASE) | st.just(SOUND) | st.just(CASE) | _odd, max_size=5)
_right = st.builds(
    lambda items, lines: ("\n" if lines else ",").join(json.dumps(one) for one in items), _items, st.booleans()
)
_framed = st.builds(lambda text, frame: (frame[0] + text + frame[1]).encode(), _right, st.sampled_from(["[]", "  "]))
_cut = st.builds(
    lambda body, at, put, gone: body[: at % (len(body) + 1)] + put + body[at % (len(body) + 1) + gone :],
    _framed,
    st.integers(0, 2_000),
    st.binary(max_size=3),
    st.integers(0, 3),
)
_bodies = st.binary(max_size=80) | st.text(alphabet='[]{}",:\\n1e-. ', max_size=60).map(str.encode) | _framed | _cut
_packings = st.sampled_from(["plain", "plain", "gzip", "cut gzip", "gzip and more", "no gzip"])
_types = st.sampled_from(["application/json", "application/x-ndjson", "text/plain", ""])


def packed(body: bytes, how: str) -> tuple[bytes, dict[str, str]]:
    """Return a body as it is sent, and the header that says how."""
    if how == "plain":
        return body, {}
    squeezed = {"no gzip": body, "cut gzip": gzip.compress(body)[:-3]}.get(how, gzip.compress(body))
    return squeezed + (b"more" if how == "gzip and more" else b""), {"content-encoding": "gzip"}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_bodies, how=_packings, media=_types, path=st.sampled_from([READINGS, EVENTS]))
def test_what_is_stored_is_what_the_answer_says(
    body: bytes, how: str, media: str, path: str, client: httpx.Client, database: psycopg.Connection
) -> None:
    before = kept(database)
    sent, headers = packed(body, how)
    answer = client.post(path, content=sent, headers=headers | {"content-type": media})
    after = Kept(*(now - then for now, then in zip(kept(database), before, strict=True)))

    assert answer.status_code == (200 if how in {"plain", "gzip"} else 400), answer.text
    assert len(answer.content) < 5_000 + 1_000 * len(sent)
    if answer.status_code == 400:
        assert after == Kept(0, 0, 0, 0, 0, 0)
        return
    told = answer.json()
    accepted, duplicate, rejected = told["accepted"], told["duplicate"], told["rejected"]
    assert accepted + duplicate + rejected > 0
    assert after == Kept(accepted, rejected, accepted + duplicate + rejected, accepted, duplicate, rejected)
    assert len(told["errors"]) <= rejected
    assert accepted + duplicate + rejected <= 1 + len(body)  # nothing is made of nothing
