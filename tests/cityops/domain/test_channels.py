"""Video channels: 20 digits as text, and the words of a catalogue for their state."""

import pytest

from cityops.domain.channels import ChannelState, read_channel
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
    ("text", "state"), [("ON", "online"), ("off", "offline"), ("unknown", "unknown"), ("", None)]
)
def test_a_good_row(text: str, state: str | None) -> None:
    channel = read_channel(ROW | {"state": text}, KNOWN)
    assert (channel.code, channel.state) == (ROW["code"], state and ChannelState(state))


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", "4.40106E+19"),
        ("code", "4401060000132000000"),
        ("code", "４４０１０６００００１３２００００００１"),
        ("state", "perhaps"),
        ("source_system_code", "eco-air"),
        ("region_code", ""),
    ],
)
def test_a_bad_cell_is_named_with_its_remedy(column: str, text: str) -> None:
    with pytest.raises(BadRow, match=column) as refused:
        read_channel(ROW | {column: text}, KNOWN)
    assert refused.value.remedy
