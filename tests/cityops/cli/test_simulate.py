"""The verb `cityops simulate`: what it refuses, what its back-fill asks the store, how it tells of its progress."""

import pytest

from cityops.cli.simulate import _report, filling
from cityops.errors import CityopsError
from cityops.settings import settings
from cityops.simulate.run import Progress
from factories.verbs import run, sentence
from factories.world import World


@pytest.mark.parametrize(
    "options",
    [("--devices", "11"), ("--devices", "84001"), ("--speed", "0.5"), ("--history", "-1"), ("--interval", "0")],
)
def test_an_option_out_of_its_bounds_is_named(options: tuple[str, str]) -> None:
    done = run("simulate", "run", *options, mqtt_url="mqtt://127.0.0.1:1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{options[0]}'" in sentence(done)


def test_the_same_seed_prints_the_same_fleet_and_another_prints_another() -> None:
    first, again, other = (run("simulate", "fleet", "--devices=30", f"--seed={seed}").stdout for seed in (3, 3, 4))
    assert first == again != other
    assert len(first.splitlines()) == 31


def test_the_back_fill_knows_what_is_kept_of_the_hours_asked_for(
    world: World, migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = world.device("WL-1")
    for hours in (0.5, 100):
        world.says(device, "water_depth", 1, world.ago(hours * 3600))
    monkeypatch.setenv("CITYOPS_DATABASE_URL", migrated_database)
    settings.cache_clear()
    for history, kept in ((1.0, 1), (200.0, 2)):
        with filling(history) as store:
            assert sum(store.kept.values()) == kept
            assert {metric for metric, _ in store.kept} == {"water_depth"}
            assert store.settled() == 0
    settings.cache_clear()


def test_the_back_fill_needs_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYOPS_DATABASE_URL", raising=False)
    settings.cache_clear()
    with pytest.raises(CityopsError, match="CITYOPS_DATABASE_URL is not set"), filling(1):
        pass
    settings.cache_clear()


def test_each_tenth_of_the_past_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    show = _report()
    for share in (0.0, 0.05, 0.1, 0.19, 0.5, 0.5):
        show(Progress(share, int(share * 100), 7))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        f"{share}% of the past sent: {share} messages, 7 readings" for share in (0, 10, 50)
    ]
