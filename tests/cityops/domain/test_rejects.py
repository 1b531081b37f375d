"""Rejects: each reason has a sentence, and of a refused message only what is not personal is shown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.rejects import (
    OPEN_KIND,
    WHOLE_MESSAGE,
    Reason,
    RejectState,
    ReplayOutcome,
    ShownPayload,
    shown_detail,
    shown_payload,
)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_short_name_with_a_sentence(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", reason)
    assert str(reason) == reason.name.lower()
    assert re.fullmatch(r"[A-Z0-9].{15,}[^.]\.", reason.explanation)
    assert reason.explanation != reason.value


def test_sentences_tell_reasons_apart() -> None:
    assert len({reason.explanation for reason in Reason}) == len(Reason)


@pytest.mark.parametrize(
    "reason",
    [Reason.BAD_TIME, Reason.OUT_OF_RANGE, Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_METRIC, Reason.CONFLICTING_VALUE],
)
def test_one_bad_item_costs_its_neighbours_nothing(reason: Reason) -> None:
    assert reason not in WHOLE_MESSAGE


def test_these_refuse_a_message_as_a_whole() -> None:
    assert {str(reason) for reason in WHOLE_MESSAGE} == {
        *("topic_not_utf8", "bad_topic", "unknown_source", "not_carried", "empty_payload", "payload_too_large"),
        *("over_quota", "bad_json", "bad_protobuf", "sequence_gap", "no_birth", "internal_error", "database_refused"),
    }


def test_what_became_of_a_reject_is_told_in_words_that_stay() -> None:
    assert [str(one) for one in RejectState] == ["open", "replayed", "given_up"]
    assert [str(one) for one in ReplayOutcome] == ["stored", "duplicate", "refused"]


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b'{"value": 12}', ShownPayload(text='{"value": 12}')),
        ("水深".encode(), ShownPayload(text="水深")),
        (b"", ShownPayload(text="")),
        (b"\xff\xfe", ShownPayload(base64="//4=")),
        ("水深".encode("gb18030"), ShownPayload(base64="y67J7g==")),
    ],
)
def test_readings_are_shown_as_text_or_else_as_base64(payload: bytes, shown: ShownPayload) -> None:
    assert shown_payload(OPEN_KIND, payload) == shown
    assert shown_payload("events", payload, with_personal_data=True) == shown


@pytest.mark.parametrize("kind", ["events", "unknown", "", "Readings"])
def test_any_other_message_is_hidden_with_the_reason(kind: str) -> None:
    shown = shown_payload(kind, '{"title": "张三 13800138000"}'.encode())
    assert (shown.text, shown.base64) == (None, None)
    assert shown.hidden == f"messages of the kind {kind} may hold personal data"


@given(st.binary(max_size=50))
def test_of_any_payload_exactly_one_thing_is_shown(payload: bytes) -> None:
    for kind in (OPEN_KIND, "events"):
        shown = shown_payload(kind, payload)
        assert sum(one is not None for one in (shown.text, shown.base64, shown.hidden)) == 1


DETAIL = "联系人：张三 13800138000"


@pytest.mark.parametrize("reason", [Reason.BAD_JSON, Reason.INTERNAL_ERROR, Reason.DATABASE_REFUSED])
def test_a_detail_that_may_quote_a_message_is_hidden_unless_it_is_of_readings(reason: Reason) -> None:
    assert shown_detail("events", reason, DETAIL) == "hidden: may quote the message"
    assert shown_detail("events", str(reason), DETAIL) == "hidden: may quote the message"
    assert shown_detail(OPEN_KIND, reason, DETAIL) == DETAIL


def test_any_other_detail_is_masked_unless_it_is_of_readings() -> None:
    assert shown_detail("events", Reason.WRONG_TYPE, DETAIL) == "联系人：张** 138****8000"
    assert shown_detail("events", Reason.WRONG_TYPE, "title: a number") == "title: a number"
    assert shown_detail(OPEN_KIND, Reason.WRONG_TYPE, DETAIL) == DETAIL
