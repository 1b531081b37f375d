"""In what processes beside each other differ: by setting, version, name and clock, and only while both run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.findings import FindingSeverity
from cityops.domain.replicas.processes import CLOCK_S, EFFECTS, RunningProcess, differences, fingerprint

NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)
ONE = RunningProcess("1", "dashboard", "8050", "east", 11, "0.13", None, {}, 0.0, NOW - timedelta(hours=1), NOW)
OTHER = replace(ONE, id="2", host="west", pid=22)


def marked(one: RunningProcess, **marks: str) -> RunningProcess:
    return replace(one, marks={f"CITYOPS_{name}": value for name, value in marks.items()})


def test_alike_they_are_not_told() -> None:
    assert list(differences([marked(ONE, SECRET="a"), marked(OTHER, SECRET="a")])) == []
    assert list(differences([marked(ONE, SECRET="a"), marked(OTHER, SCENES="b")])) == []  # none has the other's


@pytest.mark.parametrize("name", EFFECTS)
def test_another_setting_is_told_with_who_has_it_and_what_comes_of_it(name: str) -> None:
    [found] = differences([replace(ONE, marks={name: "a"}), replace(OTHER, marks={name: "b"})])
    assert (found.severity, found.item) == (FindingSeverity.SERIOUS, name)
    assert "dashboard 8050 at east (11) against dashboard 8050 at west (22)" in found.reason
    assert EFFECTS[name] in found.reason
    assert "the same" in found.remedy


def test_versions_and_schemas_that_differ_are_told() -> None:
    api = replace(OTHER, part="api", version="0.12", schema_head="old")
    jobs = replace(ONE, id="3", part="jobs", schema_head="new")
    assert [one.item for one in differences([ONE, api])] == ["version"]
    assert [one.item for one in differences([jobs, api])] == ["version", "schema"]


def test_two_workers_of_one_name_are_told_and_a_worker_with_a_name_of_its_own_is_not() -> None:
    first, second = (replace(one, part="ingest http", name="front") for one in (ONE, OTHER))
    [found] = differences([first, second])
    assert found.item == "worker front"
    assert "ingest http front at east (11), ingest http front at west (22)" in found.reason
    assert list(differences([first, replace(second, name="back")])) == []
    assert [one.item for one in differences([first, replace(second, part="ingest mqtt")])] == ["worker front"]
    assert [one.item for one in differences([first, replace(second, host="east")])] == ["worker front"]


def test_one_that_was_started_again_in_its_place_does_not_differ_from_what_it_was() -> None:
    before = marked(replace(ONE, seen_at=NOW - timedelta(seconds=9)), SECRET="a")
    after = marked(replace(ONE, id="2", pid=12, started_at=NOW - timedelta(seconds=8)), SECRET="b")
    assert list(differences([before, after])) == []
    assert len(list(differences([replace(before, seen_at=NOW), after]))) == 1  # both run


@pytest.mark.parametrize(("ahead", "is_told"), [(CLOCK_S, False), (CLOCK_S + 1, True), (-CLOCK_S - 1, True)])
def test_a_clock_apart_is_told(ahead: float, is_told: bool) -> None:
    found = [*differences([replace(ONE, clock_ahead_s=ahead), OTHER])]
    assert [one.item for one in found] == (["dashboard 8050 at east (11)"] if is_told else [])


def test_a_process_is_told_what_it_has_part_in_alone() -> None:
    api = [
        marked(replace(ONE, part="api", id="3", clock_ahead_s=60), FORMS="a"),
        marked(replace(OTHER, part="api"), FORMS="b"),
    ]
    assert {one.item for one in differences([ONE, *api], of="3")} == {"CITYOPS_FORMS", "api 8050 at east (11)"}
    assert list(differences([ONE, *api], of="1")) == []


@given(st.text("abc123", max_size=40), st.text("abc123", max_size=40))
def test_a_fingerprint_tells_secrets_apart_and_holds_none(one: str, other: str) -> None:
    prints = [fingerprint(secret, "CITYOPS_SECRET") for secret in (one, other)]
    assert (prints[0] == prints[1]) == (one == other)
    assert fingerprint(one, "CITYOPS_OIDC_ISSUER") != prints[0]
    assert len(one) < 16 or one not in prints[0]
