"""A wall of tiles: no word of head, strip, rail or map stands across a seam.

Fixtures are named in this order, `screens` before `page`, so that browsers leave before their server stops.
"""

import pytest
from playwright.sync_api import Page, expect

from cityops.clock import utc_now
from factories.state import state
from fixtures.dashboards import StateApi

WALLS = (((4, 2), (1920, 1080)), ((2, 2), (1920, 1080)), ((3, 3), (1920, 1080)), ((6, 2), (3840, 1080)))
"""Tiles across and down, and the size of the screen."""

CROSSING = """([across, down]) => {
  const seams = (length, n) => Array.from({ length: n - 1 }, (_, at) => (length * (at + 1)) / n);
  const [xs, ys] = [seams(innerWidth, across), seams(innerHeight, down)];
  const over = ".map-svg text, .map-foot, .map-core-head, .map-legend, .map-levels, .map-choices";
  const parts = document.querySelectorAll(`.titlebar, .scenes, .situation, .rail, ${over}`);
  const found = [];
  for (const part of parts) {
    const words = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(words.currentNode);
      const isAcross = ({ left, right, top, bottom, width }) =>
        width && (xs.some((x) => left < x && x < right) || ys.some((y) => top < y && y < bottom));
      const { data } = words.currentNode;
      if (data.trim() && [...range.getClientRects()].some(isAcross)) found.push(data);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_word_stands_across_a_seam(state_api: StateApi, screens: str, page: Page, lang: str) -> None:
    state_api.put(state(at=utc_now()).model_dump_json())
    for (across, down), (width, height) in WALLS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{screens}/?tiles={across}x{down}&lang={lang}")
        expect(page.locator(".sit-sentence")).not_to_have_text("")
        expect(page.locator("#map .map-label-name").first).to_be_attached()
        expect(page.locator(".rail-tile")).to_have_count(across)
        assert page.evaluate(CROSSING, [across, down]) == [], f"{across}x{down}"
