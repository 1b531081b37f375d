"""What Dash asked for and was not answered: the page says so, and is loaded anew where nothing else asks again."""

import pytest

from fixtures.scripts import ORIGIN, Scripts

PATH = "/_dash-update-component"
STRIP = '<p id="page-late" data-zh="迟" data-en="late" hidden></p>'
TABLES = f'{STRIP}<div id="page"><main></main></div>'
DATA = f'{STRIP}<div id="page"><div id="data-results"></div></div>'
ABSENT = f'{STRIP}<div id="page"></div>'


ASKED = """path => new Promise((done) => {
    const isIt = ({ name }) => new URL(name).pathname === path;
    new PerformanceObserver((list) => list.getEntries().some(isIt) && done()).observe({ type: "resource" });
    fetch(path, { method: "POST" });
})"""
"""Asks, and comes to its end after the script, which began to look before it, has been told of the answer."""


def asks(scripts: Scripts, html: str, status: int, path: str = PATH, address: str = "/") -> None:
    """Put a page up, and have it be answered so."""
    scripts.answers = {path: {"status": status, "body": "{}"}, "/health/live": {"status": 200, "body": "{}"}}
    scripts.open(address)
    scripts.body(html)
    scripts.asked.clear()
    scripts.ask(ASKED, path)


def strip(scripts: Scripts) -> tuple[bool, str]:
    hidden, text = scripts.ask(
        "(({ hidden, textContent }) => [hidden, textContent])(document.querySelector('#page-late'))"
    )
    return hidden, text


@pytest.mark.parametrize(("address", "words"), [("/", "迟"), ("/?lang=en", "late")])
def test_a_table_that_was_not_answered_is_told_until_it_is_asked_for_again(
    scripts: Scripts, address: str, words: str
) -> None:
    asks(scripts, TABLES, 503, address=address)
    assert strip(scripts) == (False, words)
    scripts.passes(5000)
    assert strip(scripts) == (True, "")
    assert "/health/live" not in scripts.asked


@pytest.mark.parametrize("html", [DATA, ABSENT])
def test_a_page_that_nothing_asks_for_again_is_loaded_anew_when_the_server_answers(
    scripts: Scripts, html: str
) -> None:
    asks(scripts, html, 429)
    assert not strip(scripts)[0]
    scripts.ask("() => { window.isTheOldOne = true; }")
    with scripts.page.expect_navigation(url=f"{ORIGIN}/"):
        scripts.passes(5000)
    assert scripts.ask("window.isTheOldOne ?? null") is None
    assert "/health/live" in scripts.asked


@pytest.mark.parametrize(
    ("html", "status", "path"),
    [
        (TABLES, 200, PATH),
        (TABLES, 204, PATH),
        (TABLES, 400, PATH),  # Dash says it in its own way
        (TABLES, 403, PATH),
        (DATA, 500, PATH),
        (DATA, 503, "/elsewhere"),
    ],
)
def test_what_was_answered_or_is_not_dash_s_is_not_told(scripts: Scripts, html: str, status: int, path: str) -> None:
    asks(scripts, html, status, path)
    assert strip(scripts) == (True, "")


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_page_that_did_not_come_at_all_is_told_whatever_the_answer_was(scripts: Scripts, status: int) -> None:
    asks(scripts, ABSENT, status)
    assert strip(scripts) == (False, "迟")


def test_many_at_once_are_waited_for_once(scripts: Scripts) -> None:
    asks(scripts, DATA, 503)
    scripts.ask(ASKED, PATH)
    with scripts.page.expect_navigation(url=f"{ORIGIN}/"):
        scripts.passes(5000)
    assert scripts.asked.count("/health/live") == 1
