"""The to-do on a bad line, on the real API: what an officer does is kept in the browser, and sent once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from cityops.clock import utc_now
from cityops.domain.access import Role, Scope, ScopeKind
from cityops.domain.events.acts import Act
from cityops_dashboards.app import create_app
from factories.desk import TIANHE, Desk, district
from factories.photos import jpeg
from fixtures.accounts import PASSWORD, account
from fixtures.browser import NewPage
from fixtures.web import serving

KEPT = "信号弱：1 条已存，联通后只发一次"


@pytest.fixture
def case(desk: Desk) -> int:
    """Give a case of ponding that was dispatched to Tianhe ten minutes ago."""
    desk.now = utc_now() - timedelta(minutes=10)
    return desk.dispatched(district())


@pytest.fixture
def phone(case: int, api_url: str, key: str, migrated_database: str, new_page: NewPage) -> Iterator[Page]:
    """Give the phone of an officer of Tianhe, who looks at what waits for the district."""
    account(migrated_database, "tianhe", Role.DISTRICT_OFFICER, Scope(ScopeKind.DISTRICTS, frozenset({"440106"})))
    page = new_page(390, 844, known=False)
    with serving(create_app(api_url, key)) as url:
        page.goto(f"{url}/todo")
        page.get_by_label("账号").fill("tianhe")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("article.card")).to_contain_text("道路积水")
        yield page


def done(desk: Desk) -> Counter[str]:
    return Counter(act["act"] for act in desk.acts())


def test_a_signature_is_kept_while_the_line_is_down_and_sent_once(phone: Page, desk: Desk) -> None:
    phone.context.set_offline(True)
    sign = phone.get_by_role("button", name="签收")
    sign.click()
    expect(phone.locator("#line")).to_have_text(KEPT)
    sign.click()  # nothing seems to happen, so one taps again
    expect(phone.locator("#line")).to_have_text(KEPT)
    assert "sign" not in done(desk)

    phone.context.set_offline(False)
    expect(phone.locator("#line")).to_be_hidden()
    expect(sign).to_have_count(0)
    expect(phone.locator("#refused li")).to_have_count(0)
    assert done(desk)["sign"] == 1


def test_a_result_with_its_photo_is_kept_too(phone: Page, desk: Desk, case: int) -> None:
    desk.act(TIANHE, Act.SIGN)
    phone.goto(phone.url.replace("/todo", f"/cases/{case}#feed_back"))
    phone.context.set_offline(True)
    form = phone.locator("details[open] form")
    form.get_by_label("说明").fill("已抽干")
    form.get_by_label("照片或文件").set_input_files(
        FilePayload(name="现场.jpg", mimeType="image/jpeg", buffer=jpeg())
    )
    form.get_by_role("button", name="提交").click()
    expect(phone.locator("#line")).to_have_text(KEPT)
    assert "feed_back" not in done(desk)

    phone.context.set_offline(False)
    expect(phone.locator("ol.history li").last).to_contain_text("反馈 tianhe")
    expect(phone.locator("#line")).to_be_hidden()
    assert done(desk)["feed_back"] == 1
    assert len(desk.acts()[-1]["evidence"]) == 1
