"""Sparkplug B: what births, data and deaths make of a node, gaps in the numbers, and each type of value."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops.domain.rejects import Reason
from cityops_ingest.decode.items import Refusal
from cityops_ingest.formats.reports import Delivery, Report
from cityops_ingest.formats.sparkplug.adapter import Node, PayloadReading, read
from cityops_ingest.formats.sparkplug.payload import Payload

NOW_US = 1_795_399_200_000_000
NOW_MS = NOW_US // 1000


def payload(seq: int | None, *metrics: dict[str, Any], timestamp: int = NOW_MS) -> bytes:
    message = Payload(timestamp=timestamp)
    if seq is not None:
        message.seq = seq
    for metric in metrics:
        message.metrics.add(**metric)
    return bytes(message.SerializeToString())


def received(
    kind: str, content: bytes, node: Node | None = None, *, redelivered: bool = False, is_replay: bool = False
) -> PayloadReading:
    device = ["d"] if kind.startswith("D") else []
    return read(
        content, Delivery(["spBv1.0", "g", kind, "n", *device], NOW_US, redelivered, is_replay), node or Node()
    )


def depth(**value: Any) -> dict[str, Any]:
    return {"name": b"Depth", "alias": 1, "datatype": 9} | value


BD_SEQ = {"name": b"bdSeq", "datatype": 8, "long_value": 7}
BORN = received("NBIRTH", payload(0, BD_SEQ, depth(float_value=1.0))).node
BY_ALIAS = {"alias": 1, "float_value": 2.0}


def fields(reading: PayloadReading) -> list[dict[str, object]]:
    return [one.fields for one in reading.found if isinstance(one, Report)]


def reasons(reading: PayloadReading) -> list[Reason]:
    return [one.reason for one in reading.found if isinstance(one, Refusal)]


def test_a_birth_names_what_data_give_by_alias() -> None:
    data = received("NDATA", payload(1, BY_ALIAS), BORN)
    assert data.found == [Report(0, "g/n", NOW_US, {"Depth": 2.0})]
    assert data.node.last_seq == 1


def test_data_before_a_birth_are_refused_unless_they_explain_themselves() -> None:
    data = received("NDATA", payload(9, BY_ALIAS, {"name": b"Flow", "double_value": 3.0}))
    assert (fields(data), reasons(data)) == ([{"Flow": 3.0}], [Reason.NO_BIRTH])
    integer = received("NDATA", payload(9, {"name": b"Flow", "int_value": 4294967295}))
    assert (fields(integer), reasons(integer)) == ([], [Reason.NO_BIRTH])


def test_a_gap_is_named_and_ends_what_births_said() -> None:
    data = received("NDATA", payload(4, BY_ALIAS), BORN)
    assert reasons(data) == [Reason.SEQUENCE_GAP, Reason.NO_BIRTH]
    assert isinstance(data.found[0], Refusal)
    assert data.found[0].detail == "node 'g/n': 3 messages are missing, numbers 1 to 3; its births are void"
    assert reasons(received("NDATA", payload(5, BY_ALIAS), data.node)) == [Reason.NO_BIRTH]
    again = received("NBIRTH", payload(0, depth(float_value=1.0)), data.node)
    assert fields(received("NDATA", payload(1, BY_ALIAS), again.node)) == [{"Depth": 2.0}]


@given(seqs=st.lists(st.integers(0, 255), max_size=40))
@settings(max_examples=50)
def test_numbers_in_their_order_are_no_gap_and_others_are(seqs: list[int]) -> None:
    node, last = BORN, 0
    for seq in seqs:
        reading = received("NDATA", payload(seq), node)
        assert (Reason.SEQUENCE_GAP in reasons(reading)) == (seq != (last + 1) % 256)
        node, last = reading.node, seq


def test_what_is_delivered_again_is_no_gap() -> None:
    at_nine = BORN
    for seq in range(1, 10):
        at_nine = received("NDATA", payload(seq, BY_ALIAS), at_nine).node
    again = received("NDATA", payload(5, BY_ALIAS), at_nine, redelivered=True)
    assert (fields(again), again.node) == ([{"Depth": 2.0}], at_nine)
    older = received("NDATA", payload(5, BY_ALIAS, timestamp=NOW_MS - 1), at_nine, redelivered=True)
    assert reasons(older) == [Reason.NO_BIRTH]  # the alias may have been another one's before the birth


def test_a_replay_leaves_the_numbers_alone_and_uses_the_birth_that_is_known() -> None:
    replayed = received("NDATA", payload(200, BY_ALIAS, timestamp=NOW_MS - 9), BORN, is_replay=True)
    assert (fields(replayed), reasons(replayed), replayed.node) == ([{"Depth": 2.0}], [], BORN)


def test_a_death_ends_the_births_of_its_connection_only() -> None:
    late = received("NDEATH", payload(None, BD_SEQ | {"long_value": 6}), BORN)
    assert late.node == BORN
    dead = received("NDEATH", payload(None, BD_SEQ), BORN)
    assert (dead.node, dead.found) == (Node(), [])


def test_a_device_has_births_and_deaths_of_its_own() -> None:
    born = received("DBIRTH", payload(1, depth(float_value=5.0)), BORN)
    assert born.found == [Report(0, "g/n/d", NOW_US, {"Depth": 5.0})]
    dead = received("DDEATH", payload(2), born.node)
    assert reasons(received("DDATA", payload(3, BY_ALIAS), dead.node)) == [Reason.NO_BIRTH]
    assert fields(received("NDATA", payload(3, BY_ALIAS), dead.node)) == [{"Depth": 2.0}]


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ({"datatype": 1, "int_value": 0xFF}, -1),
        ({"datatype": 1, "int_value": 0xFFFFFFFF}, -1),
        ({"datatype": 2, "int_value": 0x8000}, -32768),
        ({"datatype": 3, "int_value": 0xFFFFFFFE}, -2),
        ({"datatype": 4, "long_value": 2**64 - 3}, -3),
        ({"datatype": 7, "int_value": 0xFFFFFFFF}, 4294967295),
        ({"datatype": 8, "long_value": 2**64 - 1}, 2**64 - 1),
        ({"datatype": 10, "double_value": 1.5}, 1.5),
        ({"datatype": 11, "boolean_value": True}, True),
        ({"datatype": 12, "string_value": b"on"}, "a string"),
        ({"datatype": 13, "long_value": NOW_MS}, "a long"),
        ({"datatype": 16, "dataset_value": b""}, "a dataset"),
        ({"datatype": 9, "is_null": True}, None),
        ({"datatype": 9}, None),
    ],
)
def test_each_type_of_value(metric: dict[str, Any], value: object) -> None:
    assert fields(received("NBIRTH", payload(0, {"name": b"x"} | metric))) == [{"x": value}]


def test_a_metric_has_its_own_time_or_that_of_the_message() -> None:
    born = received("NBIRTH", payload(0, depth(float_value=1.0, timestamp=NOW_MS - 5000), depth(float_value=2.0)))
    assert [one.ts for one in born.found if isinstance(one, Report)] == [NOW_US - 5_000_000, NOW_US]


def test_controls_and_what_is_transient_are_no_readings() -> None:
    control = {"name": b"Node Control/Rebirth", "boolean_value": False}
    assert fields(received("NBIRTH", payload(0, BD_SEQ, control, depth(float_value=1.0, is_transient=True)))) == []


@pytest.mark.parametrize("kind", ["NCMD", "DCMD"])
def test_commands_are_not_for_us(kind: str) -> None:
    assert received(kind, b"anything").found == []


@pytest.mark.parametrize(
    "levels", [["spBv1.0"], ["spBv1.0", "g", "NDATA"], ["spBv1.0", "g", "NDATA", "n", "d"], ["a"]]
)
def test_another_topic_is_named(levels: list[str]) -> None:
    assert reasons(read(b"", Delivery(levels, NOW_US), Node())) == [Reason.BAD_TOPIC]


@given(st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"]), st.data())
@settings(max_examples=100)
def test_arbitrary_bytes_never_raise(kind: str, data: st.DataObject) -> None:
    sound = payload(1, BD_SEQ, depth(float_value=1.0), BY_ALIAS)
    place = data.draw(st.integers(0, len(sound) - 1))
    bent = sound[:place] + data.draw(st.binary(max_size=3)) + sound[place + 1 :]
    received(kind, data.draw(st.binary(max_size=40) | st.just(bent)), BORN)
