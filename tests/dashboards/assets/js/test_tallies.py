"""Plain panels: what the state tells of the platform, its sources, devices, kinds of cases, places, what waits."""

from fixtures.scripts import Scripts, told_state


def drawn(scripts: Scripts, panel: str, **changes: object) -> None:
    told = {"places": ["pm25", "water_depth"], "children": {"440106": "Tianhe"}}
    scripts.speak("en", **told)
    script = f"cityops.panels.{panel}.draw(given, null, cityops.context)"
    scripts.draw(script, told_state() | changes, [panel, f"{panel}-age"])


def test_the_platform_is_told_by_what_it_holds(scripts: Scripts) -> None:
    drawn(scripts, "totals")
    facts = dict(zip(scripts.texts(".tally-label"), scripts.texts(".tally-value"), strict=True))
    assert (facts["readings per second"], facts["sources on time / all"], facts["devices"]) == (
        "62.4",
        "14/15",
        "2,000",
    )
    assert facts["readings kept"] == "3.4M"
    platform = told_state()["platform"] | {"readings_per_s": None}
    drawn(scripts, "totals", platform=platform)
    assert scripts.texts(".tally-value")[0] == "—"


def test_sources_stand_in_a_table_the_late_one_first(scripts: Scripts) -> None:
    drawn(scripts, "source_totals")
    rows = scripts.every("tbody tr", "[...one.children].map((cell) => cell.textContent)")
    assert len(rows) == 17
    assert rows[0][:3] == ["Traffic detectors", "Traffic Police", "160"]
    assert scripts.every("tbody tr", "one.dataset.judged")[:2] == ["late", "fresh"]


def test_devices_are_told_by_state_and_system_and_what_is_out(scripts: Scripts) -> None:
    drawn(scripts, "device_totals")
    assert scripts.texts(".tally-value") == ["1,926", "41", "27", "6"]
    assert scripts.texts(".is-out .tally-figures") == ["412/430"]
    assert len(scripts.texts(".tally-row")) == 1 + 14


def test_kinds_of_cases_are_told_with_bars_from_zero(scripts: Scripts) -> None:
    drawn(scripts, "case_classes")
    assert scripts.texts(".tally-figures")[:2] == ["200", "191"]
    assert scripts.every(".tally-bar span", "one.style.width")[0] == "100%"
    drawn(scripts, "case_classes", events=told_state()["events"] | {"classes": []})
    assert scripts.texts("#case_classes") == ["No events yet"]


def test_places_are_compared_by_several_indicators_with_their_open_cases(scripts: Scripts) -> None:
    drawn(scripts, "comparison")
    assert scripts.texts("th") == ["Place", "PM2.5 µg/m³", "Waterlogging depth cm", "open cases"]
    assert len(scripts.texts("tbody tr")) == 11
    assert "Tianhe" in scripts.texts("td:first-child")


def test_what_waits_is_counted_and_nothing_is_seen_too(scripts: Scripts) -> None:
    drawn(scripts, "waiting")
    assert scripts.texts(".tally-value") == ["4", "46", "1", "1", "27", "1"]
    alarms = told_state()["alarms"] | {"unacknowledged": 0}
    drawn(scripts, "waiting", alarms=alarms)
    assert scripts.texts(".tally.is-none") == ["0unseen"]
