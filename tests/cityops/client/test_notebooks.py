"""The notebooks are true: their cells run in order on what the simulator pushes, and are kept without outputs."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Role, Subject
from cityops.reference import themes
from cityops.simulate.indicators.pushes import PushedIndicators
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope
from cityops_ingest.writer import Writer
from fixtures.api import token_of

FOLDER = Path(__file__).parents[3] / "docs" / "notebooks"
PUSHED = ("power_used", "water_supplied", "orders_on_time")


@pytest.fixture
def pushed_database(migrated_database: str) -> str:
    """Give a database that holds the past of what the notebooks ask for."""
    now = utc_now()
    declared = {code: themes.shipped().indicators[code] for code in PUSHED}
    since = dict.fromkeys(("water_supplied", "orders_on_time"), now - timedelta(days=130))  # by the day: enough
    past = PushedIndicators(declared, 20, int(now.timestamp() * 1000), since).past()
    writer = Writer(migrated_database, "w", Backlog())
    writer.store([Envelope(m.topic.encode(), m.payload, len(m.payload), now, lambda _: None) for m in past])
    writer.close()
    return migrated_database


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.ipynb")), ids=lambda file: file.stem)
def test_a_notebook_runs(
    file: Path, pushed_database: str, api_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = token_of(pushed_database, Subject("notebook", Role.ANALYST, WHOLE_CITY))
    for name, value in {"API_URL": api_url, "API_KEY": key, "FILES": str(tmp_path)}.items():
        monkeypatch.setenv(f"CITYOPS_{name}", value)
    left: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [], "keep notebooks without outputs"
            exec(compile("".join(cell["source"]), f"{file.name}, cell {number}", "exec"), left)  # noqa: S102 - our own
    assert len(left["whole"]) >= 20
    assert len(left["growth"]) == 11
    assert left["difference"] < 1e-6
    assert left["band"]["low"].count() > 50
    assert len(left["unusual"]) < 0.2 * len(left["band"])
    assert len(left["here"]) == 11 * 12
