"""Pictures of scenes: what feeds them has the API's own shape, and sizes are read."""

from pathlib import Path

import httpx
import pytest

from cityops.api import schemas
from cityops.clock import utc_now
from cityops.errors import CityopsError
from cityops_dashboards.app import create_app
from cityops_dashboards.scenes import preview, sample
from factories.state import NOON


def test_the_made_up_state_has_the_shape_of_the_api_s_and_is_the_same_each_time() -> None:
    for region in ("440100", "440106"):
        told = sample.state(region, NOON)
        assert schemas.State.model_validate(told).region.code == region
        assert told == sample.state(region, NOON)
    assert sample.state("440100", utc_now())["alarms"]["red"] == 3


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
