"""Video channels: 20 digits as text, the words of a catalogue for their state; plans, and the gateway's address."""

from dataclasses import astuple

import pytest

from cityops.domain.channels import (
    REQUIRED,
    ChannelState,
    GatewayError,
    VideoGateway,
    VideoPlanError,
    read_channel,
    read_plans,
)
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


PLAN_ROW = "flood,内涝,Flood,44010600001320000000"
HEAD = "plan,name_zh,name_en,channel"
CHANNELS = frozenset({"44010600001320000000", "44010600001320000001"})


def test_a_plan_keeps_the_order_of_its_channels() -> None:
    [plan] = read_plans(f"\ufeff{HEAD}\nflood,内涝,Flood,44010600001320000001\n{PLAN_ROW}\n", CHANNELS)
    assert (plan.code, plan.name_en, [code[-1] for code in plan.channels]) == ("flood", "Flood", ["1", "0"])


def test_every_fault_of_a_file_of_plans_is_named() -> None:
    faulty = (
        PLAN_ROW,
        PLAN_ROW,
        "Flood,内涝,Flood,44010600001320000000",
        "flood,积水,Flood,44010600001320000001",
        "rain,,Rain,44010600001320000000",
        "flood,内涝,Flood,7",
    )
    with pytest.raises(VideoPlanError) as refused:
        read_plans("\n".join((HEAD, *faulty)), CHANNELS)
    assert [one.partition(";")[0] for one in str(refused.value).splitlines()] == [
        "line 3: channel: 44010600001320000000 stands in plan flood already",
        "line 4: plan: 'Flood' is no code",
        "line 5: plan flood is called otherwise above",
        "line 6: name_zh, name_en: missing, too long or not printable",
        "line 7: channel: '7' is not registered",
    ]
    with pytest.raises(VideoPlanError, match="columns are missing: channel"):
        read_plans("plan,name_zh,name_en", CHANNELS)
    with pytest.raises(VideoPlanError, match="101 plans, 100 are taken"):
        read_plans("\n".join((HEAD, *(f"p{n},一,One,44010600001320000000" for n in range(101)))), CHANNELS)


def test_a_gateway_plays_a_channel_at_its_own_address_alone() -> None:
    gateway = VideoGateway.of("https://gateway.example:8443/play?id={code}")
    assert gateway is not None
    assert (gateway.origin, gateway.address("7")) == (
        "https://gateway.example:8443",
        "https://gateway.example:8443/play?id=7",
    )
    assert VideoGateway.of("") is None


@pytest.mark.parametrize(
    "template",
    [
        "https://gateway.example/play",
        "https://{code}.example/",
        "javascript:alert('{code}')",
        "https://user:secret@gateway.example/{code}",
        "https://gateway.example/{code}; script-src *",
        "https://gateway.example/{code}\n",
        "//gateway.example/{code}",
    ],
)
def test_what_is_no_address_of_a_player_is_refused(template: str) -> None:
    with pytest.raises(GatewayError, match="no address of a player"):
        VideoGateway.of(template)
