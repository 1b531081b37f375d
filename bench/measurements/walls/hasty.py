"""Serves the dashboard with a hub that asks for states twenty times a second; a program of its own."""

import sys

from cityops.cli.main import app
from cityops_dashboards.live import hub

PER_S = 20


def main() -> None:
    """Serve with the options of `cityops dashboard`."""
    hub.POLL_S = 1 / PER_S
    app(["dashboard", *sys.argv[1:]])


if __name__ == "__main__":
    main()
