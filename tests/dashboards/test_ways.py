"""The ways on: from each page a person comes to every other that serves them; no page is broader than a phone."""

import re
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cityops.domain.access import PERMISSIONS, WHOLE_CITY, Role, Subject
from cityops_dashboards.access import viewer
from cityops_dashboards.access.viewer import Viewer
from cityops_dashboards.access.ways import WAYS
from cityops_dashboards.addresses import Address
from cityops_dashboards.components.pagebar import pagebar
from cityops_dashboards.components.titlebar import titlebar
from factories.desk import LEADER, Desk, street
from fixtures.officers import Office

THEIRS = [one for one in WAYS if one.needs is None or one.needs in PERMISSIONS[Role.SHIFT_LEADER]]
"""Those that serve a shift leader; filling in is for others."""
DOCUMENTS = [one.path for one in THEIRS if one.path not in {"/", "/todo", "/data"}]
ALL = {one.path for one in THEIRS}


def hrefs(part: Any) -> set[str]:
    """Return where the links of a part of Dash's tree lead."""
    return {one.href for one in part._traverse() if getattr(one, "href", None)}


def test_a_page_that_the_server_writes_leads_to_all_others(desk: Desk, office: Office) -> None:
    desk.dispatched(street())
    with office.asks(LEADER) as asks:
        for path in [*DOCUMENTS, "/account", "/admin/audit"]:
            links = set(map(unescape, re.findall(r'href="([^"]+)"', asks.get(f"{path}?theme=light").text)))
            assert {one.partition("?")[0] for one in links if "theme=light" in one} >= ALL, path
        for path in ("/todo", f"/cases/{desk.case}"):
            assert 'href="/"' in asks.get(path).text, path


@pytest.mark.parametrize("bar", [titlebar, lambda address: pagebar(address, [])], ids=["wall", "page"])
def test_a_bar_that_dash_draws_leads_to_all_others(bar: Any) -> None:
    leader = Viewer("", "session", "boss", Subject("boss", Role.SHIFT_LEADER, WHOLE_CITY))
    with viewer.looking(leader):
        assert hrefs(bar(Address("/data", {}))) | {"/"} >= ALL
    with viewer.looking(Viewer("", "display", "hall", Subject("hall", Role.WALL_DISPLAY, WHOLE_CITY))):
        assert hrefs(bar(Address("/data", {}))) & ALL <= {"/", "/data"}


def test_no_page_is_broader_than_desk_or_phone_and_a_case_s_past_stands_in_rows(
    desk: Desk, office: Office, phone: Page
) -> None:
    desk.dispatched(street())
    broad = []
    for path in [*DOCUMENTS, "/todo", "/todo/report", f"/cases/{desk.case}"]:
        office.shown(phone, LEADER, f"{path}?lang=en")
        for width in (1440, 390):
            phone.set_viewport_size({"width": width, "height": 844})
            if phone.evaluate("document.documentElement.scrollWidth") > width:
                broad.append((path, width))
    assert broad == []
    rows = phone.locator("ol.history li")
    expect(rows).not_to_have_count(0)
    tops = "line => [...line.children].map((one) => Math.round(one.getBoundingClientRect().top))"
    assert all(len(set(row.evaluate(tops))) == 1 for row in rows.all())
