"""The storm on real parts: rain and water rise by MQTT, the wall turns to them, desk and officer close the case.

The time machine shows the same again. Each step is a picture of the film, which `make film` shows in the documents.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlencode, urljoin

import psycopg
import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind
from cityops.domain.devices import Device
from cityops.local.broker import Broker
from cityops.local.processes import free_ports, wait_until
from cityops.store import registry
from factories.alarms import rule, without_rules
from factories.photos import jpeg, picture
from fixtures.accounts import PASSWORD, account
from fixtures.api import LEADER, let_browser_in, token_of
from fixtures.browser import NewPage
from fixtures.film import Film
from fixtures.ingest import worker_process
from fixtures.web import answers

TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
FLOODED = ("WL-1", "WL-2", "WL-4")
OTHER_STREET = Device("WL-4", "waterlogging", "天河区 内涝点 004", "water-logging", "440106001", 113.35, 23.13, 60)
GAUGE = Device("RG-1", "rain_gauge", "天河区 雨量站 001", "met-rain", "440106013", 113.33, 23.12, 60)
RIVER = Device("RV-1", "river_level", "天河区 水位站 001", "water-river", "440106013", 113.34, 23.11, 300)
RAIN, HIGH, LOW, RED, DRY = 58.0, 0.42, -1.2, 45.0, 1.0
TITLE = "积水 45 cm"
SEEN = """title => {
  const text = (selector) => document.querySelector(selector)?.textContent || "";
  const row = [...document.querySelectorAll("#event-list .event")].find((one) => one.textContent.includes(title));
  return {
    strip: document.getElementById("situation").className,
    sentence: text("#situation .sit-sentence"),
    value: text("#warning-list .alarm-group .warning-value"),
    status: row?.querySelector(".stage").textContent || "",
  };
}"""
"""What a wall says of the matter: level, sentence, worst value, status of the case."""


@pytest.fixture
def city(database_url: str, database: psycopg.Connection) -> str:
    """Have three points of waterlogging, a rain gauge and a river's in Tianhe, a rule of the depth, and who acts."""
    metrics_of = {kind.code: kind.metrics for kind in reference.device_kinds()}
    registry.register(database, [OTHER_STREET, GAUGE, RIVER], metrics_of)
    without_rules(database)
    rule(database)
    database.commit()
    account(database_url, "wang", Role.OPERATOR, WHOLE_CITY)
    account(database_url, "tianhe", Role.DISTRICT_OFFICER, TIANHE)
    let_browser_in(database_url)
    return database_url


@pytest.fixture
def site(city: str, own_broker: Broker) -> Iterator[str]:
    """Run ingest, jobs, API and dashboard as processes; give the dashboard's address."""
    api_port, dashboard_port = free_ports(2)
    environment = {
        "CITYOPS_DATABASE_URL": city,
        "CITYOPS_MQTT_URL": own_broker.url,
        "CITYOPS_API_URL": f"http://127.0.0.1:{api_port}",
        "CITYOPS_API_KEY": token_of(city, LEADER),
    }
    dashboard = f"http://127.0.0.1:{dashboard_port}"
    with ExitStack() as parts:
        for verb in (
            ["ingest", "mqtt", "--worker", "flow"],
            ["jobs"],
            ["api", "--port", str(api_port)],
            ["dashboard", "--port", str(dashboard_port)],
        ):
            parts.enter_context(worker_process(verb, environment))
        live = (f"{dashboard}/health/live", f"{environment['CITYOPS_API_URL']}/health/ready")
        assert wait_until(lambda: all(map(answers, live)), seconds=120)
        yield dashboard


Water = Callable[..., None]


class Moment(NamedTuple):
    """What the wall said at a moment."""

    at: datetime
    seen: dict[str, str]


@pytest.fixture
def water(site: str, own_broker: Broker, database: psycopg.Connection) -> Iterator[Water]:
    """Give a function that lets all points of Tianhe tell a depth, and its gauges rain and river, once heard."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
    assert own_broker.port
    client.connect("127.0.0.1", own_broker.port)
    client.loop_start()

    def send(source: str, device: str, metric: str, value: float) -> None:
        item = {"device": device, "ts": utc_now().isoformat(), "metric": metric, "value": value}
        client.publish(f"cityops/v1/readings/{source}", json.dumps(item), qos=1).wait_for_publish(60)

    def publish(value: float | None = None, rain: float | None = None, river: float | None = None) -> None:
        if rain is not None:
            send("met-rain", GAUGE.code, "rain_intensity", rain)
        if river is not None:
            send("water-river", RIVER.code, "river_level_above_warning", river)
        if value is not None:
            for code in FLOODED:
                send("water-logging", code, "water_depth", value)

    def heard() -> bool:
        publish(DRY)
        return database.execute("SELECT count(DISTINCT series_id) FROM reading").fetchone() == (len(FLOODED),)

    database.autocommit = True
    assert wait_until(heard, seconds=120)  # the worker has subscribed
    yield publish
    client.disconnect()
    client.loop_stop()


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(address)
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(address)


def history(page: Page) -> Locator:
    return page.locator("ol.history li")


def done(page: Page, what: str, who: str) -> None:
    """Wait until the history's last step is this one, and nothing waits to be sent any more."""
    last = history(page).last
    expect(last).to_contain_text(what)
    expect(last).to_contain_text(who)
    expect(page.locator("#line")).to_be_hidden()
    expect(page.locator("#refused li")).to_have_count(0)


def opened(page: Page, act: str) -> Locator:
    """Open the form of an act as somebody does who reads the buttons; return it."""
    page.locator("summary", has_text=re.compile(rf"^\s*{act}")).click()
    return page.locator("details[open] form", has=page.get_by_role("button", name=f"提交：{act}"))


def test_a_storm_is_seen_and_handled_from_rain_to_closed_case_and_seen_again_in_the_time_machine(
    site: str, water: Water, new_page: NewPage, database: psycopg.Connection, film: Film
) -> None:
    wall, desk, phone = new_page(), new_page(1440, 900, known=False), new_page(390, 844, known=False)
    sign_in(desk, f"{site}/desk", "wang")
    expect(desk.locator("[data-list=alarms]")).to_contain_text("无告警")
    rotating(wall, site)
    film.step("calm", wall)
    storm(wall, water, film)
    moments = [kept(wall)]
    acknowledge(desk, database, film)
    hold_by_hand(wall)
    alarm(wall, "wang 已确认")
    film.step("acknowledged", wall)
    make_case(desk)
    film.step("case", desk)
    alarm(wall, "在办")
    step(wall, "待受理", "值班台办理")
    dispatch(desk, wall)
    film.step("filed", desk)
    sign_in(phone, f"{site}/todo", "tianhe")
    sign(phone)
    step(wall, "待处置", "天河")
    expect(wall.locator("#situation .sit-more")).to_contain_text("天河 待处置")
    film.step("signed", wall, phone)
    moments.append(kept(wall))
    report(phone)
    step(wall, "待核查", "天河")
    film.step("reported", wall, phone)
    done(desk, "反馈", "tianhe")  # the case page stood open all the time
    assert has_no_exif(phone)

    opened(desk, "核查").get_by_role("button", name="提交").click()
    step(wall, "核查中")
    done(desk, "核查", "wang")
    film.step("checked", desk)
    dry(wall, water, database, film)
    close(desk, wall, film)
    moments.append(kept(wall))
    steps = ("上报 wang", "受理 wang", "立案 wang", "派遣 → 天河区 wang", "签收 tianhe", "反馈 tianhe", "核查 wang")
    expect(history(desk)).to_contain_text([*steps, "结案 wang"])

    desk.goto(f"{site}/desk")
    expect(desk.locator("[data-list=alarms]")).to_contain_text("刚解除 · 近 30 分 3 条")
    assert [moment.seen["status"] for moment in moments] == ["", "待处置", "已结案"]
    for moment, name in zip(moments, ("then-red", "then-handled", ""), strict=True):
        show_again(wall, site, moment)
        if name:
            film.step(name, wall)
    assert film.left == []


def rotating(wall: Page, site: str) -> None:
    """Open a calm wall that rotates."""
    wall.goto(f"{site}/?rotate=on")
    expect(wall.locator("#event-strip .step")).to_have_count(5)
    expect(wall.locator("#event-list .event")).to_have_count(0)
    says(wall, "is-calm", "无红、橙告警")
    wall.evaluate("window.wasNotLoadedAnew = true")


def storm(wall: Page, water: Water, film: Film) -> None:
    """Have it rain and the water rise; the wall that rotates turns to the scene of floods by itself, and holds it."""
    water(rain=RAIN)
    expect(wall.locator("[data-metric=rain_intensity] .figure").first).to_have_text("58.0")
    film.step("rain", wall)
    water(river=HIGH)
    expect(wall.locator("[data-metric=river_level_above_warning] .figure").first).to_have_text("0.42")
    film.step("river", wall)
    water(RED)
    says(wall, "is-red", "天河 3 处积水超 40 cm")
    expect(wall.locator("#scene-title")).to_have_text("三防内涝 · 告警调出")
    expect(wall.locator("#scene-held")).to_have_text("‖")
    alarm(wall, "天河", "3 处", "45 cm", "未确认")
    film.step("flood", wall)


def dry(wall: Page, water: Water, database: psycopg.Connection, film: Film) -> None:
    """Have the water fall: the alarms clear, which is evidence for the case, and closes nothing."""
    water(DRY, rain=0, river=LOW)
    assert wait_until(lambda: is_cleared(database), seconds=120)
    assert statuses(database) == ["verifying_result"]
    expect(wall.locator("#warning-list")).to_have_text("本专题没有未解除的告警")
    film.step("dry", wall)


def hold_by_hand(wall: Page) -> None:
    """Wait until the scene is let go; then hold it by hand, so that it rotates no more."""
    expect(wall.locator("#scene-title")).not_to_contain_text("告警调出")
    wall.keyboard.press("2")
    wall.keyboard.press(" ")
    expect(wall.locator("#scene-title")).to_have_text("三防内涝")
    expect(wall.locator("#scene-held")).to_have_text("‖")


def show_again(wall: Page, site: str, moment: Moment) -> None:
    """Open the time machine at a moment: it says what the wall said then."""
    wall.goto(f"{site}/?{urlencode({'at': moment.at.isoformat()})}")
    expect(wall.locator(".replay-exact")).to_have_text("当时读数")
    wait_until(lambda: seen(wall) == moment.seen, seconds=30)
    assert seen(wall) == moment.seen


def says(wall: Page, level: str, sentence: str) -> None:
    """Wait until the strip says this, at this level."""
    expect(wall.locator(f"#situation.{level} .sit-sentence")).to_have_text(sentence)


def seen(wall: Page) -> dict[str, str]:
    found: dict[str, str] = wall.evaluate(SEEN, TITLE)
    return found


def kept(wall: Page) -> Moment:
    """Keep what the wall says now, until the next full second: the time machine knows no part of one."""
    at = utc_now().replace(microsecond=0) + timedelta(seconds=1)
    wall.wait_for_function("at => Date.now() >= at", arg=at.timestamp() * 1000)
    return Moment(at, seen(wall))


def acknowledge(desk: Page, database: psycopg.Connection, film: Film) -> None:
    """See all points in one line, and acknowledge them by one key."""
    group = desk.locator("[data-list=alarms] .row")
    expect(group).to_have_count(1)
    for words in ("天河区", "3 处", "45 cm", "未确认"):
        expect(group).to_contain_text(words)
    group.click()
    expect(desk.locator("#detail .children .row")).to_have_count(len(FLOODED))
    film.step("told", desk)
    desk.keyboard.press("a")
    expect(group).not_to_contain_text("未确认")
    expect(desk.locator("#detail")).to_contain_text("wang 已确认")
    query = "SELECT device.code, acknowledged_by FROM alarm JOIN device ON device.id = device_id"
    assert dict(database.execute(query).fetchall()) == dict.fromkeys(FLOODED, "wang")


def make_case(desk: Page) -> None:
    """Make a case of the gravest alarm by one key, and open it by the same."""
    desk.keyboard.press("c")
    expect(desk.locator("[data-list=alarms] .row")).to_contain_text("案件 1")
    expect(desk.locator(".desk-cases .tabs")).to_contain_text("待受理 1")
    expect(desk.locator("#detail [data-hotkey=c]")).to_contain_text("打开案件")
    desk.keyboard.press("c")
    expect(desk.locator("h1")).to_contain_text(TITLE)
    done(desk, "上报", "wang")


def dispatch(desk: Page, wall: Page) -> None:
    """Accept the case, file it under a standard, and dispatch it to the district; the wall shows each step."""
    desk.get_by_role("button", name="受理", exact=True).click()
    step(wall, "待立案", "值班台办理")
    done(desk, "受理", "wang")
    form = opened(desk, "立案")
    form.get_by_label("立案标准").select_option("road_ponding-deep")
    form.get_by_role("button", name="提交").click()
    step(wall, "待派遣", "值班台办理")
    done(desk, "立案", "wang")
    form = opened(desk, "派遣")
    form.get_by_label("单位").select_option("440106")
    form.get_by_role("button", name="提交").click()
    step(wall, "待签收", "天河")
    done(desk, "派遣 → 天河区", "wang")


def sign(phone: Page) -> None:
    """Sign for the case by one tap."""
    card = phone.locator("article.card", has_text=TITLE)
    card.get_by_role("button", name="签收").click()
    expect(card.get_by_role("button", name="签收")).to_have_count(0)
    expect(phone.locator("#line")).to_be_hidden()


def report(phone: Page) -> None:
    """Find the case among those in handling, and report its result with a photo as the phone takes it."""
    phone.get_by_role("link", name="处置中").click()
    phone.locator("article.card", has_text=TITLE).get_by_role("link", name="反馈").click()
    form = phone.locator("details[open] form")
    form.get_by_label("说明").fill("已抽干，可以通行")
    form.get_by_label("照片或文件").set_input_files(
        FilePayload(name="现场.jpg", mimeType="image/jpeg", buffer=jpeg())
    )
    form.get_by_role("button", name="提交").click()
    done(phone, "反馈", "tianhe")
    expect(phone.locator(".photos img")).to_have_js_property("naturalWidth", picture().width)


def close(desk: Page, wall: Page, film: Film) -> None:
    """Close the case; its closing condition is proposed by its standard. The wall is calm again."""
    form = opened(desk, "结案")
    expect(form.get_by_label("符合的结案条件")).to_have_value("积水已退，可安全通行")
    form.get_by_label("说明").fill("现场与照片相符")
    form.get_by_role("button", name="提交").click()
    done(desk, "结案", "wang")
    step(wall, "已结案")
    expect(wall.locator("#event-strip .step", has_text="今日办结").locator(".step-count")).to_have_text("1")
    says(wall, "is-calm", "无红、橙告警")
    assert wall.evaluate("window.wasNotLoadedAnew")
    film.step("closed", wall)


def has_no_exif(phone: Page) -> bool:
    """Tell whether the photo, as the case has it, says nothing of the camera and the place."""
    address = phone.locator(".photos a").get_attribute("href")
    answer = phone.request.get(urljoin(phone.url, address))
    with Image.open(BytesIO(answer.body())) as photo:
        return answer.ok and not photo.getexif() and b"ZQ" not in answer.body()


def alarm(wall: Page, *said: str) -> None:
    """Wait until the wall's group of alarms says this."""
    group = wall.locator("#warning-list .alarm-group", has_text="天河")
    for words in said:
        expect(group).to_contain_text(words)


def step(wall: Page, *said: str) -> None:
    """Wait until the wall's row of the case says how far it is and who is on it, without having been loaded anew."""
    row = wall.locator("#event-list .event", has_text=TITLE)
    for words in said:
        expect(row).to_contain_text(words)
    assert wall.evaluate("window.wasNotLoadedAnew")


def statuses(database: psycopg.Connection) -> list[str]:
    return [status for (status,) in database.execute("SELECT status FROM event")]


def is_cleared(database: psycopg.Connection) -> bool:
    return database.execute("SELECT count(*) FROM alarm WHERE cleared_at IS NULL").fetchone() == (0,)
