"""A column at a time gives exactly what an object at a time gives: the same readings in order, the same refusals."""

import json
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops.clock import utc_now
from cityops.domain.rejects import Reason
from cityops_ingest.batch.assembly import assemble, decode
from cityops_ingest.batch.columns import Objects
from cityops_ingest.batch.resolve import Resolved, resolve
from cityops_ingest.catalog import Catalog
from cityops_ingest.envelope import Envelope
from cityops_ingest.formats.foreign import Foreign

NOW = utc_now()
NOW_MS = round(NOW.timestamp() * 1000)


@pytest.fixture
def catalog(database: psycopg.Connection) -> Catalog:
    """Give a catalogue that knows the devices and one series of each metric."""
    made = Catalog()
    made.refresh(database)
    return made


_optional: dict[str, st.SearchStrategy[Any]] = {
    "device": st.sampled_from(["WL-1", "WL-2", "AIR-1", "nobody", "", None]),
    "metric": st.sampled_from(["water_depth", "pm25", "mood", None]),
    "value": st.sampled_from([1, 2.5, -1, 5000, None, 10**400]),
    "values": st.dictionaries(st.sampled_from(["water_depth", "pm25", "pm10", "mood"]), st.integers(-1, 400))
    | st.none(),
    "quality": st.integers(0, 2),
}
_times = st.sampled_from(
    [
        NOW_MS,
        NOW_MS - 60_000,
        NOW.isoformat(),
        "2026-11-20T10:00:00+08:00",
        NOW_MS + 3_600_000,
        5,
        -(2**62),
        2**62,
        2**64 - 1,
        10**400,
        -(10**400),
    ]
)
_usual = st.builds(
    lambda device, value: {"ts": NOW_MS, "device": device, "metric": "water_depth", "value": value},
    st.sampled_from(["WL-1", "WL-2", "WL-3"]),
    st.integers(0, 300),
)
_items = _usual | st.fixed_dictionaries({"ts": _times}, optional=_optional)
_topics = st.sampled_from(["water-logging", "water-logging/WL-1", "eco-air/AIR-1", "eco-air", "nobody"])
_odd = st.sampled_from(
    [
        *("1", "-0", "1.0", "1e2", "1E400", "NaN", "-Infinity", "123456789012345678901234567890", "null", "true"),
        *(f"{NOW_MS}", f"{NOW_MS}.0", '"2026-11-20 10:00:00+08:00"', '"2026-11-20T02:00:00Z"', '"2026-11-20T02:00"'),
        *('"WL-1"', '"\\u0057L-1"', '"\\ud800"', '"\\u0000"', '"水"', '"water_depth"', "{}", "[]"),
        *('{"water_depth": 1, "water_depth": 2}', '{"pm25": 1.5, "water_depth": null}', '{"\\udfff": 1}', '{"": 1}'),
    ]
)
_keys = st.sampled_from(["ts", "t\\u0073", "device", "metric", "value", "values", "quality", "extra"])
_whole = [("ts", f"{NOW_MS}"), ("device", '"WL-1"'), ("metric", '"water_depth"'), ("value", "1")]
# JSON that no encoder writes: keys that come twice, numbers and texts of every spelling.
_spelt = st.builds(
    lambda before, after: "{" + ", ".join(f'"{key}": {text}' for key, text in [*before, *after]) + "}",
    st.just(_whole) | st.just(_whole[:2]) | st.just([]),
    st.lists(st.tuples(_keys, _odd), max_size=4),
)
_texts = _items.map(json.dumps) | _spelt | st.sampled_from(["7", "null", "[]", '"x"'])
_arrays = st.lists(_texts, max_size=5).map(lambda texts: f"[{', '.join(texts)}]")
_messages = st.tuples(_topics, _arrays | _texts)


def envelope(topic: str, text: str) -> Envelope:
    payload = text.encode()
    return Envelope(f"cityops/v1/readings/{topic}".encode(), payload, len(payload), NOW, lambda _outcome: None)


def apart(envelopes: list[Envelope], catalog: Catalog, database: psycopg.Connection) -> Resolved:
    """Resolve with every object an observation of its own."""
    draft = decode(envelopes, catalog, Foreign())
    sources = [source for source, _ in draft.accounts]
    found = resolve(draft.observations, sources, draft.nows_us, catalog, database)
    return Resolved(found.columns, found.message_of, found.item_of, draft.refusals + found.refusals)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(_messages, max_size=6))
def test_columns_give_what_objects_give(
    sent: list[tuple[str, str]], catalog: Catalog, database: psycopg.Connection
) -> None:
    envelopes = [envelope(*message) for message in sent]
    expected = apart(envelopes, catalog, database)
    found = assemble(envelopes, catalog, database, Foreign())
    assert found.reading_of.tolist() == expected.message_of.tolist()
    for name in ("ts", "series", "value", "quality", "metric", "region", "received"):
        assert getattr(found.readings, name).tolist() == getattr(expected.columns, name).tolist(), name
    refused = [(place, one.item_index, one.reason, one.detail, one.metric_code or "") for place, one in found.rejects]
    assert sorted(refused) == sorted(
        (place, one.index, one.reason, one.detail, one.metric or "") for place, one in expected.refusals
    )


def test_usual_objects_go_by_column(catalog: Catalog, database: psycopg.Connection) -> None:
    """Or the test above would compare one way with itself."""
    objects = Objects()
    usual = {"ts": NOW.isoformat(), "values": {"water_depth": 1}}
    draft = decode(
        [envelope("water-logging/WL-1", json.dumps([usual, usual | {"ts": 5}]))], catalog, Foreign(), objects
    )
    assert (len(objects.items), draft.observations, draft.refusals) == (2, [], [])


def test_what_is_no_longer_kept_does_not_go_by_column(catalog: Catalog, database: psycopg.Connection) -> None:
    catalog.kept_from_us = (NOW_MS - 1000) * 1000
    item = {"ts": NOW_MS, "metric": "water_depth", "value": 1}
    found = assemble(
        [envelope("water-logging/WL-1", json.dumps([item, item | {"ts": NOW_MS - 1001}]))],
        catalog,
        database,
        Foreign(),
    )
    assert found.readings.ts.tolist() == [NOW_MS * 1000]
    assert [(one.item_index, one.reason) for _, one in found.rejects] == [(1, Reason.TIME_TOO_OLD)]
