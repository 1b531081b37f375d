"""What the citizen says of a case: asked by the forms of two acts, where yes, no and not asked differ, and shown."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cityops.domain.events.acts import Act
from cityops_dashboards.pages import document
from cityops_dashboards.pages.case.offers import PageAct, offers
from cityops_dashboards.pages.case.progress import history
from cityops_dashboards.texts import text

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)


def offered(act: Act) -> PageAct:
    case: dict[str, Any] = {"possible": [{"act": act, "needs": ["text"]}], "others": [], "stage": "handling"}
    found = offers(case, "zh")
    return found.first or [*found.beside, *found.more][0]


@pytest.mark.parametrize("act", [Act.CONTACT, Act.CLOSE, Act.FEED_BACK, Act.NOTE])
def test_contacting_and_closing_ask_what_the_citizen_says_and_not_asked_is_the_first_choice(act: Act) -> None:
    one = offered(act)
    macros: Any = document._templates.get_template("acts.html").module
    case = {"id": 7, "version": "0-3", "title": "道路积水"}
    html = macros.button(case, one, True, [], lambda _: [], lambda key, **told: text("zh", key, **told))
    for name in ("solved", "satisfied"):
        asks = f'<select name="{name}"><option value="">未询问</option><option value="true">是</option>'
        assert (asks in html) is (act in {Act.CONTACT, Act.CLOSE})


def test_the_history_says_what_the_citizen_said() -> None:
    nothing = dict.fromkeys(("asked_unit", "unit", "reason", "text"))
    step = nothing | {"act": "contact", "actor": "wang", "at": NOW.isoformat(), "evidence": []}
    case = {"history": [step | {"data": {"solved": True, "satisfied": False}}, step | {"data": {}}]}
    assert [line.said for line in history(case, NOW, "zh")] == ["诉求人认为已解决：是 诉求人满意：否", ""]
