"""What the pages look like, at the sizes they are used at and in both languages: nothing is cut, covered or askew.

Fixtures are named in this order, `screens` before `new_page`, so that browsers leave before their server stops.
"""

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from factories.state import state
from fixtures.browser import NewPage
from fixtures.dashboards import StateApi

DISTRICT, STREET = "440106", "440106013"
WALL = ("/", 1920, 1080)
PAGES = [
    WALL,
    (f"/districts/{DISTRICT}", 1440, 900),
    (f"/districts/{DISTRICT}", 390, 844),
    (f"/districts/{DISTRICT}?street={STREET}", 390, 844),
]

CUT = """() => [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => !one.closest("svg, .ag-root-wrapper, .ag-aria-description-container"))
    .filter((one) => getComputedStyle(one).display !== "inline")
    .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth)
    .map((one) => `${one.className}: ${one.textContent}`)"""
"""Elements with text of their own of which a part is cut off or drawn over what stands beside it."""

OUTSIDE = """() => [...document.querySelectorAll(
    ".tile *, .panel-head *, .warning *, .event *, .step, .step *, .trend-head *, .vital *")]
    .filter((one) => {
        const own = one.getBoundingClientRect();
        const around = one.closest(".tile, .panel").getBoundingClientRect();
        return own.width && (own.right > around.right + 1 || own.left < around.left - 1);
    })
    .filter((one) => { // what did not fit at all is out of sight as a whole, in a second column
        const list = one.closest(".warning-list, .event-list, .vital-list");
        return !list || one.getBoundingClientRect().left < list.getBoundingClientRect().right;
    })
    .map((one) => `${one.className}: ${one.textContent}`)"""
"""Parts that stick out of the tile or panel they belong to."""

BROKEN = """() => {
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode;
        for (const word of node.textContent.matchAll(/[A-Za-z]{2,}/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((one) => one.top)).size > 1) found.push(word[0]);
        }
    }
    return found;
}"""
"""Words of Latin letters that go on in a second line."""

OVERLAPPING = """() => {
    const parts = [...document.querySelectorAll("[data-over], .map-label-ground, .mark-shape, .callout-box")];
    const boxes = parts.map((one) => [one.parentElement, one.getBoundingClientRect()]).filter(([, box]) => box.width);
    const beside = (one, other) => one.left >= other.right || one.top >= other.bottom;
    const meet = (one, other) => !beside(one, other) && !beside(other, one);
    const found = [];
    boxes.forEach(([one, box], place) => boxes.slice(place + 1).forEach(([other, more]) => {
        if (meet(box, more)) found.push(`${one.textContent} on ${other.textContent}`);
    }));
    for (const one of document.querySelectorAll(".map-label-name, .map-label-value")) {
        const own = one.getBoundingClientRect();
        const around = one.parentElement.querySelector(".map-label-ground").getBoundingClientRect();
        const isWider = own.left < around.left || own.right > around.right;
        if (isWider) found.push(`${one.textContent} is wider than was reckoned`);
    }
    return found;
}"""
"""What lies on something else on the map: labels, marks, callouts, legend and ranking."""


@pytest.fixture(autouse=True)
def fresh_states(state_api: StateApi) -> None:
    for region in ("440100", DISTRICT, STREET):
        state_api.put(state(region, at=utc_now()).model_dump_json(), region)


def opened(page: Page, screens: str, path: str, lang: str) -> Page:
    page.goto(f"{screens}{path}{'&' if '?' in path else '?'}lang={lang}")
    expect(page.locator(".vital").first).to_be_visible()
    expect(page.locator("#warning-list .warning").first).to_be_visible()
    return page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("path", "width", "height"), PAGES)
def test_no_words_are_cut(screens: str, new_page: NewPage, path: str, width: int, height: int, lang: str) -> None:
    page = opened(new_page(width, height), screens, path, lang)
    assert page.evaluate(CUT) == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(BROKEN) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_numbers_of_a_row_of_tiles_stand_at_one_height(screens: str, new_page: NewPage, lang: str) -> None:
    page = opened(new_page(1440, 900), screens, f"/districts/{DISTRICT}", lang)
    tops = page.locator("#headlines .digits").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert max(tops) - min(tops) < 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_on_the_map_lies_on_anything_else(screens: str, new_page: NewPage, lang: str) -> None:
    wall = opened(new_page(), screens, "/?metric=river_level_above_warning", lang)
    expect(wall.locator("#map .map-label")).to_have_count(11)
    assert wall.evaluate(OVERLAPPING) == []
    inside, around = (wall.locator(part).bounding_box() for part in (".map-foot", ".map-panel"))
    assert inside
    assert around
    assert inside["y"] + inside["height"] <= around["y"] + around["height"] + 1
