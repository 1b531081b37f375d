"""Pictures of scenes: what feeds them has the API's own shape, and sizes are read."""

from pathlib import Path

import httpx
import pytest

from cityops.api import schemas
from cityops.errors import CityopsError
from cityops_dashboards.app import create_app
from cityops_dashboards.scenes import preview, sample


@pytest.mark.parametrize("name", sample.DAYS)
def test_made_up_states_have_the_shape_of_the_api_s_and_are_the_same_each_time(name: str) -> None:
    for region in ("440100", "440106"):
        told = sample.state(region, name)
        made = schemas.State.model_validate(told)
        assert made.region.code == region
        assert told == sample.state(region, name)
        fields = schemas.State.model_fields.keys()
        assert told.keys() == fields, "a preview shows all that the API tells"
        by_level = made.alarms.red + made.alarms.orange + made.alarms.yellow + made.alarms.blue
        assert sum(one.count for one in made.alarms.groups) == len(made.alarms.places) == by_level


def test_the_storm_is_shaped_on_what_was_published_and_the_quiet_day_is_quiet() -> None:
    storm, quiet = (schemas.State.model_validate(sample.state("440100", name)) for name in ("storm", "quiet"))
    assert storm.situation
    assert (storm.situation.regions, storm.situation.places) == (["440106", "440105"], 3)
    rain = {one.code: one for one in storm.metrics}
    assert (rain["rain_3h"].value, rain["rain_3h"].streets[0].code) == (130.1, "440106012")
    assert rain["rain_intensity"].maximum == 108
    assert (storm.mode.matter, storm.mode.grade) == ("rainstorm", 2)
    assert (quiet.situation, quiet.alarms.unacknowledged, quiet.events.counts.overdue) == (None, 0, 2)


def test_a_picture_has_the_address_of_its_scene() -> None:
    wanted = preview.Picture("flood", Path("a.png"), lang="en", theme="light", tiles="4x2")
    assert wanted.address == "/?scene=flood&lang=en&theme=light&tiles=4x2"
    assert preview.measured("3840x1080") == (3840, 1080)
    with pytest.raises(CityopsError, match="is no size of a screen"):
        preview.measured("4k")


def test_the_preview_s_browser_is_let_in_and_nobody_else_is_asked() -> None:
    with (
        preview.serving(preview.PreviewApi().app) as api,
        preview.serving(preview.KnownDisplay(create_app(api))) as dashboard,
    ):
        assert httpx.get(f"{dashboard}/?scene=flood").status_code == 200
        assert httpx.get(f"{api}/api/v1/state", params={"region": "440106"}).json()["region"]["code"] == "440106"
