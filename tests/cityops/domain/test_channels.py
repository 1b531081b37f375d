"""Video channels: 20 digits as text, and the words of a catalogue for their state."""

from dataclasses import astuple

import pytest

from cityops.domain.channels import REQUIRED, ChannelState, read_channel
from cityops.domain.registration.cells import BadRow, Registrable

KNOWN = Registrable(frozenset(), frozenset({"video-share"}), frozenset({"440106013"}))
ROW = {
    "code": "44010600001320000001",
    "name_zh": "猎德路口",
    "source_system_code": "video-share",
    "region_code": "440106013",
    "lon": "113.33",
    "lat": "23.12",
}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ON", "online"),
        ("off", "offline"),
        (" Online ", "online"),
        ("offline", "offline"),
        ("unknown", "unknown"),
        ("", None),
        (" ", None),
    ],
)
def test_a_good_row(text: str, state: str | None) -> None:
    channel = read_channel(ROW | {"state": text}, KNOWN)
    assert (channel.code, channel.state) == (ROW["code"], state and ChannelState(state))


def test_a_row_without_a_state_leaves_it_as_it_is() -> None:
    assert astuple(read_channel(ROW, KNOWN)) == (
        "44010600001320000001", "猎德路口", "video-share", "440106013", 113.33, 23.12, None,
    )  # fmt: skip


@pytest.mark.parametrize("place", [("", ""), ("0", "0")])
def test_a_channel_may_be_registered_without_a_place(place: tuple[str, str]) -> None:
    channel = read_channel(ROW | {"lon": place[0], "lat": place[1]}, KNOWN)
    assert (channel.lon, channel.lat) == (None, None)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", "4.40106E+19"),
        ("code", "4401060000132000000"),
        ("code", "440106000013200000012"),
        ("code", "４４０１０６００００１３２００００００１"),
        ("state", "perhaps"),
        ("source_system_code", "eco-air"),
        ("region_code", ""),
        ("name_zh", "路口\x07"),
        ("lon", "east"),
        ("lat", "91"),
    ],
)
def test_a_bad_cell_is_named_with_its_remedy(column: str, text: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_channel(ROW | {column: text}, KNOWN)
    assert refused.value.column == column
    assert refused.value.remedy


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_cell_is_named(column: str) -> None:
    with pytest.raises(BadRow, match=f"^{column}: empty or missing"):
        read_channel({name: text for name, text in ROW.items() if name != column}, KNOWN)


@pytest.mark.parametrize(
    ("column", "text", "told"),
    [
        (
            "code",
            "4.40106E+19",
            "code: '4.40106E+19' does not have 20 digits; give the 20 digits of GB/T 28181; in a spreadsheet, "
            "format the column as text first",
        ),
        ("state", "Perhaps", "state: 'perhaps' is no state of a channel; write ON, OFF or nothing"),
        (
            "source_system_code",
            "eco-air",
            "source_system_code: 'eco-air' is not a source system that carries video; write one of video-share",
        ),
    ],
)
def test_a_refusal_says_what_to_write(column: str, text: str, told: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_channel(ROW | {column: text}, KNOWN)
    assert str(refused.value) == told
