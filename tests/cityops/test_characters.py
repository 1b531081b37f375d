"""Text that nothing can keep: found by the name of what holds it, in documents, addresses and headers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.characters import NO_UNICODE, NUL, Flaw, in_address, in_headers, in_json, reason, shown

GOOD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
HALF = "\ud800"


@given(GOOD)
def test_whole_text_without_nul_can_be_kept(text: str) -> None:
    assert reason(text) is None
    assert list(in_json({text: [text, {"a": text}]})) == []


@given(GOOD, GOOD, st.sampled_from([("\0", NUL), (HALF, NO_UNICODE), ("\udfff", NO_UNICODE), (f"\0{HALF}", NUL)]))
def test_what_cannot_be_kept_is_found_wherever_it_stands(before: str, after: str, flaw: tuple[str, str]) -> None:
    assert reason(before + flaw[0] + after) == flaw[1]


def test_a_pair_that_is_whole_is_one_character_and_no_flaw() -> None:
    assert reason(json.loads('"\\ud83d\\ude00 广州"')) is None


@pytest.mark.parametrize(
    ("sent", "flaws"),
    [
        ("a\0", [Flaw("", NUL)]),
        (["ok", HALF], [Flaw("1", NO_UNICODE)]),
        ({"scope_codes": ["a", "b", "\0"]}, [Flaw("scope_codes.2", NUL)]),
        ({"a": {"b": [{"c": "\0"}]}}, [Flaw("a.b.0.c", NUL)]),
        ({"a\0": 1}, [Flaw(r"a\x00", f"the name {NUL}")]),
        ({HALF: "\0"}, [Flaw(r"\ud800", f"the name {NO_UNICODE}"), Flaw(r"\ud800", NUL)]),
        ({"first": "\0", "second": HALF}, [Flaw("first", NUL), Flaw("second", NO_UNICODE)]),
        (None, []),
        (7, []),
        ([], []),
        ({}, []),
        ({"a": [1, None, True, 2.5]}, []),
    ],
)
def test_a_flaw_of_a_document_is_named_by_its_way_in_the_order_of_the_document(sent: Any, flaws: list[Flaw]) -> None:
    assert list(in_json(sent)) == flaws


def test_a_document_chooses_no_recursion_of_ours() -> None:
    deep: Any = "\0"
    for _ in range(20_000):
        deep = [deep]
    [flaw] = in_json(deep)
    assert flaw.item == ".".join(["0"] * 20_000)


documents = st.recursive(
    st.none() | st.integers() | st.text(st.characters(exclude_categories=())) | GOOD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(documents)
def test_the_bytes_spare_the_walk_only_where_there_is_nothing_to_find(sent: Any) -> None:
    """Both ways of writing JSON: with escapes for all, and with none where the text can be sent at all."""
    found = list(in_json(sent))
    assert list(in_json(sent, json.dumps(sent).encode())) == found
    assert list(in_json(sent, json.dumps(sent, ensure_ascii=False).encode(errors="surrogatepass"))) == found


@pytest.mark.parametrize("raw", [b'{"a": "\\u0000"}', b'{"a": "\\uD800"}', b'{"a": "\\udbff"}'])
def test_escapes_are_suspected_in_either_case(raw: bytes) -> None:
    assert len(list(in_json(json.loads(raw), raw))) == 1


@pytest.mark.parametrize(
    ("path", "query", "flaws"),
    [
        (b"/api/v1/state", b"", []),
        (b"/districts/%E5%B9%BF", b"name=%E5%B7%9E&empty=&alone", []),
        (b"/a%00", b"", [Flaw("path", NUL)]),
        (b"/a%FF", b"", [Flaw("path", NO_UNICODE)]),
        (b"/", b"region=%00", [Flaw("region", NUL)]),
        (b"/", b"a=1&b=%ED%A0%80", [Flaw("b", NO_UNICODE)]),
        (b"/", b"a%00=%00", [Flaw(r"a\x00", f"the name {NUL}")]),
        (b"/", b"%FF=1", [Flaw(r"\xff", f"the name {NO_UNICODE}")]),
        (b"/%00", b"a=%00&a=%FF", [Flaw("path", NUL), Flaw("a", NUL), Flaw("a", NO_UNICODE)]),
        (b"/", b"a=b=%00", [Flaw("a", NUL)]),
    ],
)
def test_a_flaw_of_an_address_is_named_by_its_parameter(path: bytes, query: bytes, flaws: list[Flaw]) -> None:
    assert list(in_address(path, query)) == flaws


def test_only_headers_that_we_read_are_looked_at() -> None:
    sent = [(b"authorization", b"\xff"), (b"cookie", b"\xff"), (b"x-request-id", b"a\0"), (b"host", b"ok")]
    assert list(in_headers(sent)) == [Flaw("authorization", NO_UNICODE), Flaw("x-request-id", NUL)]
    assert list(in_headers([])) == []


@given(st.text(st.characters(exclude_categories=())) | st.binary())
def test_what_is_shown_of_a_name_can_always_be_sent(name: str | bytes) -> None:
    assert reason(shown(name)) is None
