"""The wall in a browser: it draws, follows the state without stirring, keeps its address, says when it is cut off.

Fixtures are named in this order, `screens` before `page`, so that browsers leave before their server stops.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from cityops.api import schemas
from cityops.clock import utc_now
from cityops.domain.access import Role
from cityops.domain.modes.modes import ModeKind
from cityops_dashboards.access.ways import WAYS
from cityops_dashboards.live import stream
from factories.state import state
from fixtures.browser import TOKEN, NewPage, told_of_link
from fixtures.dashboards import StateApi, me

HAN = re.compile(r"[一-鿿]")
OF_DATA = ["/data", "/views", "/vital-signs", "/indicators", "/targets", "/conflicts", "/resources", "/platform"]
OWN = ["/account", "/admin"]
PROPER_NAMES = ".event-title, .rank-name, .language"
"""Parts whose words are the city's own in either language: titles of cases, streets, the other language."""


@pytest.fixture(autouse=True)
def fresh_state(state_api: StateApi) -> None:
    state_api.put(state(at=utc_now(), values={"pm25": 33}).model_dump_json())


@pytest.fixture
def wall(screens: str, page: Page) -> Page:
    """Give a wall that has drawn its first state."""
    return opened(page, screens)


def opened(page: Page, screens: str, query: str = "") -> Page:
    page.goto(f"{screens}/{query}")
    expect(shown(page)).to_contain_text("PM2.5")
    expect(page.locator("#map .map-fill").first).to_be_attached()
    return page


def shown(page: Page, metric: str = "pm25") -> Locator:
    """Return what a wall says of an indicator, as a trend or as a vital sign."""
    return page.locator(f"[data-metric={metric}]")


def fills(page: Page) -> list[str]:
    found: list[str] = page.locator("#map .map-fill").evaluate_all("all => all.map(one => one.getAttribute('class'))")
    return found


def boxes(page: Page) -> list[dict[str, float]]:
    parts = page.locator(".panel, .situation, .sit-fact, .map-label-name, .vital, .source")
    found: list[dict[str, float]] = parts.evaluate_all(
        "parts => parts.map(part => part.getBoundingClientRect().toJSON())"
    )
    return found


def test_a_long_title_of_a_mode_moves_no_name(screens: str, page: Page, state_api: StateApi) -> None:
    opened(page, screens)
    before = page.locator("h1").bounding_box()
    title = "第十五届全国运动会开幕式城市运行保障"
    told = schemas.ModeState(kind=ModeKind.EVENT, until=utc_now() + timedelta(hours=2), drill=True, title_zh=title)
    state_api.put(state(at=utc_now()).model_copy(update={"mode": told}).model_dump_json())
    expect(page.locator(".mode").first).to_contain_text("运行保障")
    assert page.locator("h1").bounding_box() == before
    expect(page.locator(".ways")).to_be_in_viewport()


def test_it_shows_the_whole_city(wall: Page) -> None:
    expect(wall.locator("h1")).to_have_text("广州市城市运行总览")
    expect(wall.locator(".sit-sentence")).to_contain_text("3 处道路积水")
    expect(wall.locator(".sit-fact")).to_have_count(3)
    expect(shown(wall)).to_contain_text("33")
    expect(shown(wall)).to_contain_text("秒前")
    expect(wall.locator("#ranking .rank")).to_have_count(6)
    expect(wall.locator(".trend-chart .curve-line").first).to_be_attached()
    expect(wall.locator(".vital").nth(2)).to_be_in_viewport()
    expect(wall.locator("#event-list .event").nth(1)).to_be_in_viewport()
    expect(wall.locator("#warning-list .warning")).to_have_count(6)
    expect(wall.locator("#sources .source")).to_have_count(17)
    expect(wall.locator("#event-list .event").first).to_contain_text("处置中")
    outage = wall.locator("#warning-list .outage")
    expect(outage).to_have_count(1)
    expect(outage).to_contain_text("天河区 内涝监测系统")
    expect(outage).to_contain_text("412/430")
    expect(outage).to_contain_text("已持续 25 分钟")
    expect(wall.locator("#map-legend .legend-step")).to_have_count(6)
    expect(wall.locator("#map-levels .level-step")).to_have_count(4)
    expect(wall.locator("#map .map-label-name")).to_have_count(11)
    expect(wall.locator("#map-source")).to_contain_text("中心城区放大")
    expect(wall.locator(".map-attribution")).to_contain_text("© OpenStreetMap contributors")
    assert len(set(fills(wall))) > 1


def test_an_alarm_names_what_it_is_of_its_onset_and_who_is_on_it(wall: Page) -> None:
    [gas, depth] = [wall.locator("#warning-list .warning", has_text=unit) for unit in ("%LEL", "cm")]
    expect(depth.locator(".warning-name")).to_have_text(re.compile(r"道路积水 3 处$"))
    expect(depth.locator(".warning-meta")).to_have_text(re.compile(r"^未确认 3 分 · (\d\d-\d\d )?\d\d:\d\d 起$"))
    expect(gas.locator(".warning-meta")).to_have_text(re.compile(r"^((\d\d:\d\d 起 21 分)|(已 21 分)) · 在办 1$"))


def test_alarms_that_are_seen_and_those_that_are_left_out_are_all_that_are_counted(wall: Page) -> None:
    seen = """() => {
        const list = document.querySelector("#warning-list").getBoundingClientRect();
        const rows = [...document.querySelectorAll("#warning-list [data-count]")].filter(
            (row) => row.getBoundingClientRect().left < list.right - 1);
        return rows.reduce((sum, row) => sum + Number(row.dataset.count), 0);
    }"""
    expect(wall.locator("#warning-rest")).to_contain_text("组")
    [_, left_out] = re.findall(r"\d+", wall.locator("#warning-rest").inner_text())
    counted = [int(one) for one in wall.locator(".situation .alarm-number").all_inner_texts()]
    assert (counted, wall.evaluate(seen) + int(left_out)) == ([1, 2, 5, 9], 17)


def test_batteries_stand_apart_from_warnings(wall: Page) -> None:
    expect(wall.locator("#warning-list")).not_to_contain_text("电池")
    expect(wall.locator("#health-line")).to_contain_text("设备自身")
    expect(wall.locator("#health-line .warning-number")).to_have_text(["1", "1", "0", "0"])


def test_a_new_state_changes_the_number_and_nothing_else_moves(wall: Page, state_api: StateApi) -> None:
    wall.evaluate("document.querySelector('#situation').dataset.same = 'yes'")
    before, places = fills(wall), boxes(wall)

    state_api.put(state(at=utc_now(), values={"pm25": 151}).model_dump_json())

    expect(shown(wall)).to_contain_text("151")
    expect(shown(wall).locator(".badge")).to_have_text("橙")
    wall.wait_for_function(
        "before => [...document.querySelectorAll('#map .map-fill')].some("
        "(one, n) => one.getAttribute('class') !== before[n])",
        arg=before,
    )
    assert boxes(wall) == places
    assert wall.evaluate("document.querySelector('#situation').dataset.same") == "yes"


def test_what_is_missing_is_not_shown_as_zero(wall: Page, state_api: StateApi) -> None:
    state_api.put(state(at=utc_now(), silent=("pm25",)).model_dump_json())

    expect(shown(wall).locator(".figure")).to_have_text("—")
    expect(wall.locator("#map-value-440106")).to_have_text("")  # it has never reported
    expect(wall.locator("#map .map-fill.is-silent")).to_have_count(11)
    expect(wall.locator("#ranking .rank-value").first).to_have_text("—")


def test_the_chosen_metric_stands_in_the_address(wall: Page) -> None:
    wall.get_by_role("button", name="小时雨强").click()
    expect(wall).to_have_url(re.compile(r"metric=rain_intensity"))
    expect(wall.locator(".legend-title")).to_contain_text("小时雨强")

    wall.reload()

    expect(wall.locator(".legend-title")).to_contain_text("小时雨强")
    expect(wall.get_by_role("button", name="小时雨强")).to_have_attribute("aria-pressed", "true")


def test_any_metric_can_be_chosen(wall: Page) -> None:
    wall.locator("#choices select").select_option(label="气温")
    expect(wall.locator(".legend-title")).to_contain_text("气温")


def test_two_browsers_do_not_disturb_each_other(screens: str, new_page: NewPage, state_api: StateApi) -> None:
    first, second = opened(new_page(), screens), opened(new_page(1280, 720), screens, "?metric=water_depth&lang=en")
    first.get_by_role("button", name="小时雨强").click()
    state_api.put(state(at=utc_now(), values={"pm25": 44}).model_dump_json())

    expect(shown(first)).to_contain_text("44")
    expect(shown(second)).to_contain_text("44")
    expect(first.locator(".legend-title")).to_contain_text("小时雨强")
    expect(second.locator(".legend-title")).to_contain_text("Waterlogging depth")


def test_a_district_is_opened_by_its_shape_and_by_its_name(wall: Page, screens: str) -> None:
    box = wall.locator("#map-value-440118").bounding_box()
    assert box
    wall.mouse.click(box["x"] + box["width"] / 2 + 40, box["y"] + 30)  # on the polygon, beside the label
    expect(wall).to_have_url(f"{screens}/districts/440118")

    wall.goto(f"{screens}/?lang=en")
    expect(wall.get_by_role("link", name="Tianhe").first).to_be_attached()
    wall.locator(".map-label-name", has_text="Tianhe").click()  # the value beside it tells what it means
    expect(wall).to_have_url(f"{screens}/districts/440106?lang=en")


def test_when_the_api_is_gone_the_picture_stays_and_ages(wall: Page, state_api: StateApi) -> None:
    state_api.status = 503

    banner = told_of_link(wall)
    expect(banner).to_contain_text("应答 503")
    expect(wall.locator(".sit-sentence")).to_contain_text("停在")
    expect(wall.locator(".as-of-sources")).to_have_text("接口失联")
    expect(shown(wall)).to_contain_text("33")
    age = shown(wall).locator(".age")
    before = age.inner_text()
    expect(age).not_to_have_text(before)

    state_api.status = 200
    expect(banner).to_be_hidden()
    expect(wall.locator(".sit-sentence")).to_contain_text("道路积水")


def test_an_old_number_turns_grey_by_itself(
    screens: str, page: Page, state_api: StateApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    state_api.put(state(at=utc_now()).model_dump_json())
    opened(page, screens)
    pm25 = shown(page)
    expect(pm25).to_have_attribute("data-freshness", "fresh")
    colour = pm25.locator(".figure").evaluate("digits => getComputedStyle(digits).color")

    # The time is the server's, whatever the screen's own clock says: two and a half of its intervals go by there.
    monkeypatch.setattr(stream, "utc_now", lambda: utc_now() + timedelta(seconds=150))

    expect(pm25).to_have_attribute("data-freshness", "late")
    assert pm25.locator(".figure").evaluate("digits => getComputedStyle(digits).color") != colour


def test_the_language_is_switched_and_kept(wall: Page) -> None:
    wall.get_by_role("button", name="积水深度").click()
    wall.locator(".ways-mark").click()
    wall.locator("a.language").click()

    expect(wall).to_have_url(re.compile(r"metric=water_depth&lang=en"))
    expect(wall.locator("h1")).to_have_text("Guangzhou City Operations")
    expect(wall.locator("#event-list .event").first).to_be_visible()
    wall.locator("#choices select").select_option(label="People in key areas")
    expect(wall.locator(".legend-unit")).to_contain_text("people")
    assert chinese_words(wall) == []
    assert wall.evaluate("document.documentElement.lang") == "en"


def chinese_words(page: Page) -> list[str]:
    """Return the lines of a page that hold Chinese, but for proper names."""
    words: str = page.evaluate(
        """names => {
            const body = document.body.cloneNode(true);
            body.querySelectorAll(names + ", script, style").forEach((part) => part.remove());
            return body.textContent;
        }""",
        PROPER_NAMES,
    )
    return HAN.findall(words)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_part_leaves_its_place(screens: str, page: Page, state_api: StateApi, lang: str) -> None:
    values = {"gas_lel": 132.8, "rain_3h": 120.1, "river_level_above_warning": -12.35, "traffic_index": 9.5}
    state_api.put(state(at=utc_now(), values=values).model_dump_json())
    wall = opened(page, screens, f"?lang={lang}")
    outside = wall.evaluate(
        """([parts, places]) => [...document.querySelectorAll(parts)].filter((part) => {
            const inner = part.getBoundingClientRect();
            const outer = part.parentElement.closest(places).getBoundingClientRect();
            const beside = inner.left < outer.left - 1 || inner.right > outer.right + 1;
            const list = part.closest(".event-list, .warning-list, .vital-list, .tallies"); // no room: out of sight
            if (list && inner.left >= list.getBoundingClientRect().right - 1) return false;
            return inner.width && !part.closest("svg") && (beside || inner.bottom > outer.bottom + 1);
        }).map((part) => part.className || part.tagName)""",
        [
            ".canvas .panel:not(.map-panel) *, .situation *, .rail *",
            ".panel, .situation, .sit-fact, .vital, .event, .warning, .rail",
        ],
    )
    assert outside == []


def test_a_drill_with_a_long_name_leaves_each_part_of_the_head_its_place(
    screens: str, page: Page, state_api: StateApi
) -> None:
    mode = schemas.ModeState(
        kind=ModeKind.EVENT,
        title_zh="第十五届全国运动会开幕式重大活动保障",
        title_en="Opening ceremony of 15th National Games",  # as long as a title may be
        until=utc_now() + timedelta(hours=2),
        drill=True,
    )
    state_api.put(state(at=utc_now()).model_copy(update={"mode": mode}).model_dump_json())
    for lang, width, height in (("zh", 1920, 1080), ("en", 1920, 1080), ("en", 1080, 1920)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{screens}/?scene=event&lang={lang}")
        expect(page.locator("#mode .mode")).to_have_count(2)
        expect(page.locator(".clock-time")).not_to_be_empty()
        assert page.evaluate(MEETING) == [], (lang, width)


MEETING = """() => {
    const parts = [...document.querySelectorAll(".clock > *, .name > *, .scene-key, .mode, .as-of > *, .ways-mark")];
    const boxes = parts.map((part) => [part.className, part.getBoundingClientRect()]).filter(([, box]) => box.width);
    const bar = document.querySelector(".titlebar").getBoundingClientRect();
    const meet = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
        && one.top < other.bottom - 1 && other.top < one.bottom - 1;
    const leaves = (box) => box.left < bar.left - 1 || box.right > bar.right + 1 || box.bottom > bar.bottom + 1;
    return boxes.flatMap(([name, box], place) => [
        ...(leaves(box) ? [`${name} leaves`] : []),
        ...boxes.slice(place + 1).filter(([, other]) => meet(box, other)).map(([other]) => `${name} on ${other}`),
    ]);
}"""
"""Which parts of the head lie on each other, or leave it."""


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900)])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("role", "interim", "ways"),
    [
        (Role.ADMINISTRATOR, False, [*OF_DATA, *OWN]),
        (Role.SHIFT_LEADER, True, [*(one.path for one in WAYS[1:] if one.path != "/filling"), *OWN]),
    ],
)
def test_a_person_finds_the_ways_on_in_the_title_bar(
    screens: str,
    new_page: NewPage,
    state_api: StateApi,
    width: int,
    height: int,
    lang: str,
    role: Role,
    interim: bool,
    ways: list[str],
) -> None:
    person = {"interim_password": interim, "display_name": "欧阳值班长"}
    state_api.known[TOKEN] = me(role, kind="session") | person
    wall = opened(new_page(width, height), screens, f"?lang={lang}")
    expect(wall.locator(".as-of-count")).to_be_visible()
    wall.locator(".ways-mark").click()
    hrefs = wall.locator(".titlebar .ways a").evaluate_all("links => links.map(link => link.pathname)")
    assert hrefs == ["/", *ways, "/sign-out"]
    assert wall.locator(".titlebar .who-mark").count() == interim
    beyond = wall.evaluate(
        """() => {
            const box = (part) => part.getBoundingClientRect();
            const bar = document.querySelector(".canvas");
            const places = ".clock *, .name *, .scene-key, .as-of-data, .as-of-sources, .ways a";
            const parts = [...bar.querySelectorAll(places)];
            const meets = (one, other) => one.left < other.right && other.left < one.right
                && one.top < other.bottom && other.top < one.bottom;
            const leaves = (part) => box(part).right > box(bar).right + 1 || box(part).bottom > box(bar).bottom;
            const covers = (part) => parts.some((other) => part !== other && meets(box(part), box(other)));
            const found = parts.filter((part) => leaves(part) || covers(part));
            return found.map((part) => part.className || part.tagName);
        }"""
    )
    assert beyond == []


@pytest.mark.parametrize("scene", ["/", "/districts/440106"])
def test_a_display_has_no_links_that_it_may_not_open(
    screens: str, page: Page, state_api: StateApi, scene: str
) -> None:
    state_api.known[TOKEN] = me(Role.WALL_DISPLAY, scene=scene)
    page.goto(f"{screens}{scene}")
    expect(page.locator(".warning").first).to_be_visible()
    expect(page.locator(".as-of-count")).to_be_visible()
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.pathname)")
    assert set(links) == {scene}


def test_an_unknown_address_is_told_kindly(screens: str, page: Page) -> None:
    answer = page.goto(f"{screens}/nowhere?lang=en")
    assert answer
    assert answer.status == 404
    expect(page.locator("h1")).to_have_text("There is no page /nowhere")
    assert chinese_words(page) == []
    page.get_by_role("link", name="Back to the overview").click()
    expect(page.locator("h1")).to_have_text("Guangzhou City Operations")


def test_a_scene_is_changed_by_a_key_without_loading_the_page_anew(wall: Page) -> None:
    said: list[str] = []
    wall.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    wall.evaluate("window.wasNotLoadedAnew = true")
    wall.evaluate(
        "() => { const join = cityops.join; window.joined = 0;"
        "cityops.join = (...given) => { window.joined += 1; return join(...given); } }"
    )
    wall.keyboard.press("2")
    expect(wall.locator("#scene-title")).to_have_text("三防内涝")
    expect(shown(wall, "rain_intensity")).to_contain_text("小时雨强")
    expect(wall.locator("#trend-1 .curve-line").first).to_be_attached()
    expect(wall.locator("#choices [aria-pressed=true]")).to_have_text("积水深度")
    assert wall.evaluate("window.wasNotLoadedAnew")
    assert wall.evaluate("window.joined") == 0  # the browser keeps two listeners of each joining
    assert wall.url.endswith("/?scene=flood")
    assert [text for text in said if "load resource" not in text] == []  # what Dash draws stands where Dash put it
    wall.reload()
    expect(shown(wall, "water_depth")).to_contain_text("积水深度")
    wall.keyboard.press("ArrowLeft")
    expect(shown(wall)).to_contain_text("PM2.5")
