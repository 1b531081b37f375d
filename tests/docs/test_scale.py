"""The page about scale is reckoned with what was measured: its figures are the bench's, its products are right."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
MEASURED: dict[str, float] = {
    name: figure["value"] for name, figure in json.loads((ROOT / "bench" / "results.json").read_text()).items()
}
SHOWN = dict(re.findall(r"^\|[^|]+\| `([\w.]+)` \| ([\d.,]+) \|", PAGE, re.MULTILINE))
DAY_S = 86_400
NEARLY = 0.1
"""A bench on another day gives another figure; the page is mended when one has moved by a tenth."""


def figure(name: str) -> float:
    return MEASURED[name]


def cell(row: str, column: int) -> float:
    """Return the first number in a cell of the row that begins so."""
    [line] = [one for one in PAGE.splitlines() if one.startswith(f"| {row}")]
    number = re.search(r"[\d.,]*\d", line.split("|")[column + 1])
    assert number is not None
    return float(number[0].replace(",", ""))


@pytest.mark.parametrize("name", SHOWN)
def test_a_figure_is_as_it_was_measured(name: str) -> None:
    assert float(SHOWN[name].replace(",", "")) == pytest.approx(figure(name), rel=NEARLY)


def test_the_figures_are_a_table_of_many() -> None:
    assert len(SHOWN) > 20


def test_every_figure_that_is_named_was_measured_or_is_said_to_lack() -> None:
    lacking = set(re.findall(r"to be measured: `(\w+\.\w+)`", PAGE))
    subjects = {name.partition(".")[0] for name in MEASURED} | {"durable", "replicas"}
    named = {name for name in re.findall(r"`(\w+\.\w+)`", PAGE) if name.partition(".")[0] in subjects}
    assert named - lacking - set(MEASURED) == set()
    assert lacking & set(MEASURED) == set(), "these have been measured since: fill them in"


@pytest.mark.parametrize(
    ("row", "readings_per_s"),
    [("as it was kept", 97), ("each device each minute", 4_200), ("each device each 10 s", 25_200)],
)
def test_disk_is_readings_by_bytes(row: str, readings_per_s: float) -> None:
    for column, name, days in (
        (2, "storage.bytes_per_reading", 1),
        (3, "storage.columnstore_bytes_per_reading", 1),
        (4, "storage.bytes_per_reading", 400),
        (5, "storage.columnstore_bytes_per_reading", 400),
    ):
        gigabytes = readings_per_s * DAY_S * days * figure(name) / 1e9
        shown = cell(row, column)
        assert shown == pytest.approx(gigabytes if gigabytes < 1000 else gigabytes / 1000, rel=NEARLY), column


def test_a_city_at_its_worst_takes_about_a_core() -> None:
    parts = ("broker", "worker", "database", "api")
    together = sum(figure(f"city10s.{part}_cores") for part in parts)
    [shown] = re.findall(r"= \*\*([\d.]+) cores\*\*, measured", PAGE)
    assert float(shown) == pytest.approx(together, rel=NEARLY)


def test_costs_are_cores_by_rates() -> None:
    rates = {
        "city10s": (figure("city10s.sent_per_s"), figure("city10s.readings_per_s"), "worker_cores"),
        "mqtt_single": (figure("mqtt_single.messages_per_s"), figure("mqtt_single.readings_per_s"), "workers_cores"),
        "mqtt_array": (
            figure("mqtt_array.readings_per_s") / 100,
            figure("mqtt_array.readings_per_s"),
            "workers_cores",
        ),
    }
    for column, (subject, (messages, readings, workers)) in enumerate(rates.items(), 1):
        shown = [cell(row, column) for row in ("message, Mosquitto", "message, worker", "reading, database")]
        cores = [figure(f"{subject}.{part}") for part in ("broker_cores", workers, "database_cores")]
        each = [cores[0] / messages, cores[1] / messages, cores[2] / readings]
        assert shown == pytest.approx([one * 1e6 for one in each], rel=NEARLY), subject
