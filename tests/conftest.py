"""Fixtures of all tests, by subject, from the folder `fixtures`; no property hangs on the clock of a busy machine."""

import os

import pytest
from hypothesis import settings

from cityops.api.state import kept
from cityops.local import processes

# The same examples each time, or a commit would be blamed for what a new one finds; `make fuzz` thinks of new ones.
settings.register_profile("cityops", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, derandomize=False)
settings.load_profile("cityops")

# A port that one process of the tests found free must not be taken by another before it listens there.
number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
processes.PORTS = processes.PORTS[number :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]

kept.PATIENCE_S = 60.0  # five seconds are short where twenty programs share a processor; before others import it

pytest_plugins = [
    "fixtures.servers",
    "fixtures.ingest",
    "fixtures.rabbitmq",
    "fixtures.compose",
    "fixtures.machines",
    "fixtures.browser",
    "fixtures.film",
    "fixtures.scripts",
    "fixtures.skeletons",
    "fixtures.api",
    "fixtures.acts",
    "fixtures.dashboards",
    "fixtures.officers",
    "fixtures.single_sign_on",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Have a test that is filmed put its film together (`make film`), and golden files written anew."""
    parser.addoption("--film", metavar="FILE", help="where to save a test's film, as animated WebP")
    parser.addoption("--golden", action="store_true", help="write golden files anew before comparing with them")
