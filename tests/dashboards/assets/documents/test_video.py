"""Video on demand: nothing without a reason, four at once, and what was not opened is said."""

import json

from playwright.sync_api import Request, expect

from fixtures.skeletons import Answer, Skeleton

CODES = [f"4401060000132000000{number}" for number in range(6)]
BESIDE = """<label><input id="video-reason" data-about="case:7"></label>
<p id="video-told"></p><div id="video-open"></div>"""


def opening(request: Request) -> Answer:
    code = request.url.split("/")[-2]
    return {"json": {"code": code, "name_zh": f"camera {code[-1]}", "address": f"about:blank?{code}"}}


def test_channels_are_opened_one_by_one_for_a_reason(skeleton: Skeleton) -> None:
    skeleton.scripts = ("document", "video")
    skeleton.beside = BESIDE + "".join(f'<button data-play="{code}">{code[-1]}</button>' for code in CODES)
    skeleton.answers |= {f"/relay/channels/{code}/openings": opening for code in CODES[:5]}
    skeleton.open()
    told, frames = skeleton.page.locator("#video-told"), skeleton.page.locator("iframe")

    def click(number: int, says: str) -> None:
        skeleton.page.locator(f"[data-play='{CODES[number]}']").click()
        expect(told).to_contain_text(says)

    click(0, "Say first")
    skeleton.page.locator("#video-reason").fill("water on the road")
    click(5, "outside your role or area")
    for number in range(4):
        click(number, "written into the audit")
        expect(frames).to_have_count(number + 1)
    click(0, "open already")
    click(4, "4 at most")
    assert frames.first.get_attribute("sandbox") == "allow-scripts allow-same-origin"
    skeleton.page.locator("figure button").first.click()
    skeleton.answers[f"/relay/channels/{CODES[4]}/openings"] = None
    click(4, "does not answer")
    posts = [
        (one.url.split("/")[-2], json.loads(one.post_data or "")) for one in skeleton.asked if one.method == "POST"
    ]
    assert [code for code, _ in posts] == [CODES[5], *CODES[:5]]
    assert posts[0][1] == {"reason": "water on the road", "about": "case:7"}
