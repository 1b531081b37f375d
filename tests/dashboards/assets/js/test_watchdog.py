"""The watchdog: a page is loaded anew in a quiet hour or for another version, never where its picture is at stake."""

from fixtures.scripts import Scripts, told_state

HOUR_MS, LOOK_MS = 3_600_000, 30_000
UNTIL_QUIET_MS = 16 * HOUR_MS + 45 * 60_000
"""From noon to a quarter to five in the morning, when every wall's part of the half hour has passed."""


def opened(scripts: Scripts) -> Scripts:
    scripts.answers = {"/me": {"status": 200, "body": "{}"}}
    scripts.open()
    scripts.speak("zh")
    scripts.ask("() => sessionStorage.clear()")
    hears(scripts, "one")
    return scripts


def hears(scripts: Scripts, version: str, *, is_up: bool = True) -> None:
    scripts.ask("([version, isUp]) => cityops.watchdog.hear(version, isUp)", [version, is_up])


def sees(scripts: Scripts, **alarms: int) -> None:
    state = told_state()
    state["alarms"] |= {"red": 0, "orange": 0} | alarms
    scripts.ask("state => cityops.watchdog.see(state)", state)


def looks(scripts: Scripts, ms: int = 0) -> bool:
    """Let time pass to the next look; return whether it asked to be let in, as before it loads the page anew."""
    scripts.asked.clear()
    scripts.page.clock.fast_forward(ms)
    scripts.passes(LOOK_MS)
    return "/me" in scripts.asked


def is_loaded_anew(scripts: Scripts, ms: int = 0) -> bool:
    scripts.ask("() => { window.isTheOldOne = true; }")
    with scripts.page.expect_navigation():
        scripts.page.clock.fast_forward(ms)
        scripts.passes(LOOK_MS)
    return scripts.ask("window.isTheOldOne ?? null") is None


def test_a_page_is_loaded_anew_once_a_day_in_a_quiet_hour_alone(scripts: Scripts) -> None:
    opened(scripts)
    sees(scripts, yellow=9)
    assert not looks(scripts, UNTIL_QUIET_MS), "it has not stood for a day"
    assert not looks(scripts, 7 * HOUR_MS), "it is noon"
    sees(scripts, orange=1)
    assert not looks(scripts, 17 * HOUR_MS), "a grave alarm stands"
    sees(scripts)
    hears(scripts, "one", is_up=False)
    assert not looks(scripts), "a part is away"
    hears(scripts, "one")
    scripts.ask("() => dispatchEvent(new Event('pointermove'))")
    assert not looks(scripts), "somebody uses it"
    assert is_loaded_anew(scripts, 10 * 60_000)


def test_another_version_is_fetched_soon_but_once_a_day(scripts: Scripts) -> None:
    opened(scripts)
    scripts.answers["/me"] = {"status": 401, "body": "{}"}
    hears(scripts, "two")
    assert looks(scripts, 11 * 60_000)
    assert scripts.ask("sessionStorage.length") == 0, "who is not let in any more keeps the picture"
    scripts.answers["/me"] = {"status": 200, "body": "{}"}
    assert is_loaded_anew(scripts)
    scripts.speak("zh")
    for version in ("two", "one"):  # two servers behind one address
        hears(scripts, version)
    assert not looks(scripts, 12 * 60_000)
