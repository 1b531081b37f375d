"""Decoding of readings messages: every shape that is taken and every reason that content alone can give."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.decode.readings import Observation, decode

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
NOW_US = round(NOW.timestamp() * 1_000_000)
TS = '"2026-11-23T07:59:00Z"'


def decoded(text: str | bytes, device: str | None = "D", *, lines: bool = False) -> list[Observation | Refusal]:
    payload = text if isinstance(text, bytes) else text.encode()
    return list(decode(payload, device, NOW_US, line_delimited=lines))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (f'{{"ts": {TS}, "metric": "a", "value": 1.5}}', [("D", "a", 1.5)]),
        (f'{{"ts": {TS}, "values": {{"a": 1, "b": 2}}}}', [("D", "a", 1), ("D", "b", 2)]),
        (f'[{{"ts": {TS}, "metric": "a", "value": 1}}]', [("D", "a", 1)]),
        (f'{{"ts": {TS}, "device": "D", "metric": "a", "value": 1}}', [("D", "a", 1)]),
        ('{"ts": "2026-11-23T15:59:00+08:00", "metric": "a", "value": 1}', [("D", "a", 1)]),
        ('{"ts": 1795420740000, "metric": "a", "value": 1}', [("D", "a", 1)]),
    ],
)
def test_every_shape_gives_its_readings(payload: str, expected: list[tuple[str, str, float]]) -> None:
    found = decoded(payload)
    readings = [(o.device, *pair) for o in found if isinstance(o, Observation) for pair in o.values.items()]
    assert readings == expected
    assert {o.ts for o in found if isinstance(o, Observation)} == {NOW_US - 60_000_000}


def test_a_gateway_names_the_device_in_each_object() -> None:
    found = decoded(f'[{{"ts": {TS}, "device": "X", "metric": "a", "value": 1}}]', device=None)
    assert isinstance(found[0], Observation)
    assert found[0].device == "X"


def test_lines_are_objects_of_their_own() -> None:
    line = f'{{"ts": {TS}, "metric": "a", "value": 1}}'
    found = decoded(f"{line}\n\nbroken\n{line}\n", lines=True)
    assert [type(one) for one in found] == [Observation, Refusal, Observation]
    assert found[1] == Refusal(1, Reason.BAD_JSON, found[1].detail)  # type: ignore[union-attr]  # the type is asserted


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", Reason.EMPTY_PAYLOAD),
        ("  \n", Reason.EMPTY_PAYLOAD),
        ("{", Reason.BAD_JSON),
        (b"\xff\xfe", Reason.BAD_JSON),
        (b'{"ts": 1, "metric": "\xff", "value": 1}', Reason.BAD_JSON),
        ("[" * 100_000, Reason.BAD_JSON),
        ("[]", Reason.EMPTY_PAYLOAD),
        (" [ ] ", Reason.EMPTY_PAYLOAD),
        ("7", Reason.WRONG_TYPE),
        ('"text"', Reason.WRONG_TYPE),
        ("{}", Reason.WRONG_TYPE),
        (f'{{"ts": {TS}}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "values": {{}}}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a"}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": null}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": "1"}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": true}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": 1, "values": {{"a": 1}}}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "device": "other", "metric": "a", "value": 1}}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": 1, "quality": 9}}', Reason.WRONG_TYPE),
        ('{"metric": "a", "value": 1}', Reason.WRONG_TYPE),
        (f'{{"ts": {TS}, "metric": "a", "value": NaN}}', Reason.NOT_FINITE),
        (f'{{"ts": {TS}, "values": {{"a": -Infinity}}}}', Reason.NOT_FINITE),
        ('{"ts": "2026-11-23T08:00:00", "metric": "a", "value": 1}', Reason.BAD_TIME),
        ('{"ts": "yesterday", "metric": "a", "value": 1}', Reason.BAD_TIME),
        ('{"ts": "2026-11-23T08:10:01Z", "metric": "a", "value": 1}', Reason.TIME_IN_FUTURE),
        ('{"ts": "9999-12-31T23:59:59Z", "metric": "a", "value": 1}', Reason.TIME_IN_FUTURE),
        ('{"ts": 9000000000000000000, "metric": "a", "value": 1}', Reason.TIME_IN_FUTURE),
        ('{"ts": "1999-12-31T23:59:59Z", "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
        ('{"ts": 1795420740, "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
        ('{"ts": 1795420740.5, "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
        ('{"ts": "1795420740", "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
        ('{"ts": 31536000000, "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
        ('{"ts": 1e400, "metric": "a", "value": 1}', Reason.TIME_IN_FUTURE),
        ('{"ts": "12", "metric": "a", "value": 1}', Reason.BAD_TIME),
        ('{"ts": "2026-11-23T07:60:00Z", "metric": "a", "value": 1}', Reason.BAD_TIME),
        ('{"ts": -9000000000000000000, "metric": "a", "value": 1}', Reason.TIME_TOO_OLD),
    ],
)
def test_what_is_wrong_has_a_name(payload: str | bytes, reason: Reason) -> None:
    [refusal] = decoded(payload)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


def test_a_bad_item_does_not_cost_its_neighbours() -> None:
    good = f'{{"ts": {TS}, "metric": "a", "value": 1}}'
    bad = f'{{"ts": {TS}, "metric": "a", "value": NaN}}'
    found = decoded(f'[{good}, {{"ts": 5}}, {bad}, [], {good}]')
    assert [one.reason.value if isinstance(one, Refusal) else "" for one in found] == [
        "",
        "wrong_type",
        "not_finite",
        "wrong_type",
        "",
    ]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_whatever_raise(payload: bytes) -> None:
    assert decoded(payload)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ts", "metric", "value", "values", "device", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.lists(_json, min_size=1, max_size=4))
def test_no_json_whatever_raises(items: list[object]) -> None:
    import json

    found = decoded(json.dumps(items))
    places = [one.item if isinstance(one, Observation) else one.index for one in found]
    assert list(dict.fromkeys(places)) == list(range(len(items)))


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=5))
def test_what_is_encoded_by_the_wire_type_is_decoded_to_the_same(values: list[float]) -> None:
    from cityops.wire.readings import ReadingItem

    item = ReadingItem(ts=NOW, values={f"m{n}": v for n, v in enumerate(values)})
    found = decoded(msgspec.json.encode(item))
    assert [list(one.values.values()) for one in found if isinstance(one, Observation)] == [values]


@pytest.mark.parametrize("depth", [*range(100, 900, 100), 5000])
def test_no_depth_of_nesting_costs_a_neighbour(depth: int) -> None:
    deep = '{"a": ' * depth + "NaN" + "}" * depth
    good, bad = decoded(f'[{{"ts": {TS}, "metric": "a", "value": 1}}, {{"ts": {TS}, "b": {deep}}}]')
    assert isinstance(good, Observation)
    assert isinstance(bad, Refusal)


_TOO_DEEP = "nested too deeply: some 900 levels are read"


@pytest.mark.parametrize(
    ("deep", "detail"),
    [
        ("[" * 5000 + "]" * 5000, "Expected `object`, got `array`"),
        ('{"x": ' * 5000 + '"]\\",["' + "}" * 5000, _TOO_DEEP),
        (f'{{"ts": {TS}, "metric": "a", "value": 1, "x": ' + "[" * 5000 + "]" * 5000 + "}", _TOO_DEEP),
    ],
)
def test_an_item_nested_too_deeply_is_named_and_costs_no_neighbour(deep: str, detail: str) -> None:
    good = f'{{"ts": {TS}, "metric": "a", "value": 1, "x": "\\\\,]"}}'
    first, bad, last = decoded(f"[{good}, {deep},{good} ]")
    assert isinstance(first, Observation)
    assert isinstance(last, Observation)
    assert isinstance(bad, Refusal)
    assert (bad.index, bad.detail) == (1, detail)


@pytest.mark.parametrize("end", ["", "]]", "] x", '"', '"\\"]'])
def test_a_deep_array_that_does_not_end_well_is_refused_as_a_whole(end: str) -> None:
    [refusal] = decoded('[1, {"ts": 5}, ' + "[" * 5000 + "]" * 5000 + end)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is Reason.BAD_JSON


def told(payload: str) -> list[dict[str, float] | tuple[Reason, str | None]]:
    return [one.values if isinstance(one, Observation) else (one.reason, one.metric) for one in decoded(payload)]


_NAN = [
    "NaN",
    "nan",
    "NAN",
    "-nan",
    "nan(ind)",
    "-nan(ind)",
    "1.#QNAN",
    "-1.#IND",
    "Infinity",
    "-Infinity",
    "inf",
    "-inf",
    "+INF",
    "1e999",
    '"nan"',
]


@pytest.mark.parametrize("bad", _NAN)
def test_a_number_that_is_none_costs_only_itself(bad: str) -> None:
    shown = (Reason.NOT_FINITE, "a")
    assert told(f'{{"ts": {TS}, "values": {{"a": {bad}, "nan": 1, "b": 2.5}}, "x": "nan"}}') == [
        shown,
        {"nan": 1.0, "b": 2.5},
    ]
    if not bad.startswith('"'):
        good = f'{{"ts": {TS}, "metric": "b", "value": 1, "x": "\\":nan,"}}'
        assert told(f'[{good}, {{"ts": {TS}, "metric": "a", "value": {bad}}}, {good}]') == [
            {"b": 1.0},
            shown,
            {"b": 1.0},
        ]


@pytest.mark.parametrize(
    "bad", ["null", "NULL", "None", "undefined", "", '""', '"unavailable"', "true", "{}", '{"v": 1}', "[1]", '"1"']
)
def test_a_value_of_another_type_costs_only_itself(bad: str) -> None:
    assert told(f'{{"ts": {TS}, "values": {{"a": {bad}, "b": 2.5}}}}') == [(Reason.WRONG_TYPE, "a"), {"b": 2.5}]
    assert told(f'{{"ts": {TS}, "values": {{"b": +2.5, "a":{bad}}}}}') == [(Reason.WRONG_TYPE, "a"), {"b": 2.5}]


def test_of_an_array_only_what_is_no_json_is_lost() -> None:
    good = f'{{"ts": {TS}, "metric": "b", "value": 1}}'
    assert told(f'[{good}, {{"ts": {TS}, "metric": "a", "value": oops}}, {good}]') == [
        {"b": 1.0},
        (Reason.BAD_JSON, None),
        {"b": 1.0},
    ]


def test_an_object_of_bad_values_only_is_one_refusal_each() -> None:
    assert told(f'{{"ts": {TS}, "values": {{"a": null, "b": nan}}}}') == [
        (Reason.WRONG_TYPE, "a"),
        (Reason.NOT_FINITE, "b"),
    ]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"metric": "air_temperature", "value": 45.5, "unit": "degF"}, [{"air_temperature": 7.5}]),
        ({"metric": "air_temperature", "value": 7.5, "unit": "℃"}, [{"air_temperature": 7.5}]),
        ({"metric": "water_depth", "value": 0.12, "unit": "m"}, [{"water_depth": 12.0}]),
        ({"metric": "water_depth", "value": 12, "unit": "kg"}, [(Reason.ANOTHER_UNIT, "water_depth")]),
        (
            {"values": {"water_depth": 120, "air_temperature": 3}, "unit": "mm"},
            [(Reason.ANOTHER_UNIT, "air_temperature"), {"water_depth": 12.0}],
        ),
        ({"metric": "water_depth", "value": 12, "unit": None}, [{"water_depth": 12.0}]),
    ],
)
def test_a_unit_that_is_told_is_read(item: dict[str, object], expected: list[object]) -> None:
    assert told(msgspec.json.encode({"ts": NOW} | item).decode()) == expected


@pytest.mark.parametrize(
    ("moment", "before_us"),
    [
        ("1795420740000.0", 0),
        ("1795420740000.25", -250),
        ("1795420740000000", 0),
        ("1795420740000000000", 0),
        ('"1795420740000"', 0),
        ('"2026-11-23T07:58:60Z"', 1),
        ('"2026-11-23T15:58:60.5+08:00"', 1),
        ('"2026-11-23 07:58:60Z"', 1),
    ],
)
def test_a_time_in_another_form_is_taken(moment: str, before_us: int) -> None:
    """The leap second is the last microsecond before its minute ends."""
    [one] = decoded(f'{{"ts": {moment}, "metric": "a", "value": 1}}')
    assert isinstance(one, Observation)
    assert NOW_US - 60_000_000 - one.ts == before_us
