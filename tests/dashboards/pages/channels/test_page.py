"""The page of video: nothing plays by itself, four at most on demand, from the gateway alone; offered from a case."""

import os
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import expect

from cityops.domain.audit import Actor
from cityops.domain.channels import Channel, ChannelState, VideoGateway
from cityops.services import channels as acts
from cityops.store.engine import make_engine, writing
from cityops.store.registration import importing_channels
from cityops_dashboards.access.cookies import SESSION
from cityops_dashboards.app import create_app
from factories.acts import Book
from factories.desk import ANALYST, OPERATOR, Desk
from factories.world import World
from fixtures.browser import NewPage
from fixtures.officers import SECRET, Office
from fixtures.web import serving

FIRST = Channel("44010600001320000000", "猎德大桥", "video-share", "440106013", 113.3, 23.1, ChannelState.ONLINE)
CODES = [f"{int(FIRST.code) + number}" for number in range(6)]


@pytest.fixture
def gateway() -> Iterator[VideoGateway | None]:
    """Give a gateway whose player says which channel it plays."""
    player = FastAPI()
    player.get("/play/{code}")(lambda code: HTMLResponse(f"<p>playing {code}</p>"))
    with serving(player) as url:
        yield VideoGateway.of(url + "/play/{code}")


@pytest.fixture
def watched(
    world: World, book: Book, app: FastAPI, api_url: str, migrated_database: str, gateway: VideoGateway | None
) -> Iterator[Office]:
    """Give a dashboard with a gateway on a city with a plan of six channels, one of which is off."""
    with importing_channels(world.connection) as opened:
        rows = [replace(FIRST, code=code, name_zh=f"隧道{n}") for n, code in enumerate(CODES)]
        opened.stage(enumerate([*rows[:5], replace(rows[5], state=ChannelState.OFFLINE)]))
        opened.merge({})
    file = "plan,name_zh,name_en,channel\n" + "".join(f"flood,下穿隧道,Underpasses,{code}\n" for code in CODES)
    engine = make_engine(migrated_database)
    with writing(engine) as connection:
        acts.put_plans_in_force(connection, Actor.of(OPERATOR), file, "plans.csv")
    engine.dispose()
    app.state.gateway = gateway
    with serving(create_app(api_url, secret=SECRET, gateway=gateway)) as url:
        yield Office(url, book)


def test_a_plan_offers_channels_of_which_four_play_for_a_reason(
    watched: Office, api_url: str, desk: Desk, world: World, new_page: NewPage
) -> None:
    page = watched.shown(new_page(1440, 900, known=False), OPERATOR, "/channels?plan=flood")
    assert page.locator("iframe").count() == 0
    assert page.locator(".video-list [data-play]").count() == 6
    page.locator("[data-play]").first.click()
    expect(page.locator("#video-told")).to_contain_text("先写明")
    page.locator("#video-reason").fill("核实积水")
    for number, code in enumerate(CODES[:4], start=1):
        page.locator(f"[data-play='{code}']").click()
        expect(page.locator("iframe")).to_have_count(number)
    expect(page.frame_locator("iframe").first.locator("p")).to_have_text(f"playing {CODES[0]}")
    page.locator(f"[data-play='{CODES[4]}']").click()
    expect(page.locator("#video-told")).to_contain_text("最多 4 路")
    page.locator("figure button").first.click()
    page.locator(f"[data-play='{CODES[4]}']").click()
    expect(page.locator(f"[data-open='{CODES[4]}']")).to_be_visible()
    rows = world.connection.execute("SELECT object, detail FROM audit WHERE action = 'channel:open' ORDER BY id")
    assert rows.fetchall() == [(code, {"reason": "核实积水", "about": "plan:flood"}) for code in CODES[:5]]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440

    desk.dispatched()
    [(case, lon)] = world.connection.execute("SELECT id, lon FROM event").fetchall()
    with watched.asks(OPERATOR) as asks:
        assert (f"about=case%3A{case}" in asks.get(f"/cases/{case}").text) == (lon is not None)
        near = asks.get(f"/channels?lon=113.3&lat=23.1&about=case:{case}&lang=en")
        assert (near.text.count("data-play="), near.text.count("Video nearby")) == (6, 1)
        assert "frame-src http://127.0.0.1:" in near.headers["content-security-policy"]
        assert "frame-src" not in asks.get("/platform").headers["content-security-policy"]
    with watched.asks(ANALYST) as asks:
        assert "data-play=" not in asks.get("/channels?plan=flood").text
    with serving(create_app(api_url, secret=SECRET)) as bare:  # a dashboard without a gateway
        address = f"{bare}/channels?plan=flood"
        told = httpx.get(address, cookies={SESSION: watched.cookie(OPERATOR)}).headers
        assert "frame-src" not in told["content-security-policy"]
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/video-desk.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{folder}/video-phone.png", full_page=True)
