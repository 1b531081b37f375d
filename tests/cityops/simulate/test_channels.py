"""Invented channels: of the form that the import takes, spread like the devices, some of them off."""

import re

from cityops.domain.channels import INDUSTRIES, ChannelState
from cityops.simulate.channels import channels_at, flood_plan
from cityops.simulate.fleet import fleet

DEVICES = fleet(1000, 20)


def test_channels_are_as_many_as_the_city_s_to_its_devices_and_the_same_each_time() -> None:
    found = list(channels_at(DEVICES))
    assert len(found) == len({one.code for one in found}) == 4333
    assert found == list(channels_at(DEVICES))
    assert 0.02 < sum(one.state is ChannelState.OFFLINE for one in found) / len(found) < 0.04
    assert {one.region_code for one in found} == {one.region_code for one in DEVICES}


def test_a_code_tells_district_and_industry() -> None:
    for one in channels_at(DEVICES):
        assert re.fullmatch(r"[0-9]{20}", one.code)
        assert one.code[:6] == one.region_code[:6]
        assert one.code[8:10] in INDUSTRIES


def test_the_plan_looks_at_points_of_waterlogging() -> None:
    names = {one.code: one.name_zh for one in channels_at(DEVICES)}
    shown = [names[code] for code in flood_plan(DEVICES).channels]
    assert len(shown) == 12
    assert all("内涝点" in name for name in shown)
