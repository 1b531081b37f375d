"""Pages that the server writes: none is kept, an unchanged part is 304, what the scripts are told breaks no page."""

import json
from datetime import UTC, datetime

import pytest

from cityops_dashboards.pages import document
from factories.desk import LIEDE, Desk, street
from fixtures.officers import Office


def test_a_page_is_kept_by_nobody_and_its_part_is_304_until_it_changes(desk: Desk, office: Office) -> None:
    desk.dispatched(street())
    with office.asks(LIEDE) as asks:
        page = asks.get("/todo")
        assert (page.status_code, page.headers["cache-control"], "etag" in page.headers) == (200, "no-store", False)
        part = asks.get("/todo?part=cards")
        assert (part.headers["cache-control"], "<html" in part.text) == ("no-store", False)
        assert datetime.fromisoformat(part.headers["x-now"]).tzinfo is not None
        seen = {"If-None-Match": part.headers["etag"]}
        again = asks.get("/todo?part=cards", headers=seen)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", part.headers["etag"])
        assert "x-now" in again.headers
        desk.report(who=LIEDE)
        desk.dispatched(street())
        assert asks.get("/todo?part=cards", headers=seen).status_code == 200


def test_a_title_that_holds_markup_is_text(desk: Desk, office: Office) -> None:
    desk.dispatched(street(), title='<script>alert(1)</script>"')
    with office.asks(LIEDE) as asks:
        for path in ("/todo", f"/cases/{desk.case}", "/desk?show=to_sign", f"/desk?part=case&id={desk.case}"):
            page = asks.get(path).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_scripts_are_told_may_stand_in_a_page(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "catalogue", lambda _: {"outbox.x": "</script><!--", "nav.wall": "not told"})
    told = document._spoken(lang)
    assert "<" not in told
    assert json.loads(told)["texts"] == {"outbox.x": "</script><!--"}


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-11-27T15:59:00Z", "23:59"),
        ("2026-11-27T16:00:00Z", "11-28 00:00"),
        ("2026-11-26T16:00:00Z", "00:00"),
        ("2026-11-26T15:59:00Z", "11-26 23:59"),
    ],
)
def test_a_moment_is_told_in_the_city_s_time_with_its_day_unless_that_is_today(moment: str, told: str) -> None:
    assert document.clock(moment, datetime(2026, 11, 27, 4, tzinfo=UTC)) == told


def test_an_asset_has_its_content_in_its_address() -> None:
    assert document._asset("documents/desk.js").startswith("/assets/documents/desk.js?m=")


def test_what_a_part_shows_decides_whether_it_is_renewed() -> None:
    assert document._seen("a", 1) == document._seen("a", 1) != document._seen("a", 2)
