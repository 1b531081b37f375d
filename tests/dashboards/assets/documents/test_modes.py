"""What is in force, on a page that the server writes: the own district's mode, else the city's; a drill's mark."""

import json
import re

from playwright.sync_api import expect

from fixtures.skeletons import Skeleton

CITY = {"region_code": "440100", "title_zh": "防汛", "title_en": "Flood II", "drill": False}
OWN = {"region_code": "440106", "title_zh": "燃气", "title_en": "Gas IV", "drill": True}


def tells(skeleton: Skeleton, told: str, *modes: dict[str, object]) -> bool:
    """Have the page look at these modes and tell this of them; return whether it is marked as a drill's."""
    skeleton.answers["/relay/modes"] = {"body": json.dumps({"items": modes}), "content_type": "application/json"}
    skeleton.passes(3000)
    expect(skeleton.page.locator("#mode")).to_have_text(told)
    return re.search("is-drill", str(skeleton.ask("document.body.className"))) is not None


def test_the_own_districts_mode_is_told_before_the_citys_and_a_drill_is_marked(skeleton: Skeleton) -> None:
    skeleton.scripts = ("document", "modes")
    own = "<body data-mode-of='440106'"
    skeleton.frame = skeleton.frame.replace("<body", own).replace("<p id=", "<p id='mode' hidden></p><p id=", 1)
    skeleton.answers["/relay/modes"] = {"body": json.dumps({"items": [CITY]}), "content_type": "application/json"}
    skeleton.open()
    assert tells(skeleton, "Flood II", CITY) is False
    assert tells(skeleton, "Drill · Gas IV", CITY, OWN) is True
    assert tells(skeleton, "", OWN | {"region_code": "440105"}) is False
    assert skeleton.page.locator("#mode").is_hidden()
