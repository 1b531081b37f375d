"""Runs verbs of `cityops` in this process, as somebody at a shell does: with settings of their own, and no others."""

import os

from typer.testing import CliRunner, Result

from cityops.cli.main import app
from cityops.settings import settings


def run(*words: str, typed: str | None = None, columns: int | None = 250, **given: str) -> Result:
    """Run a verb with these settings alone, by name without `CITYOPS_`; `columns` None: the output is a pipe."""
    environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("CITYOPS_")}
    environment |= {f"CITYOPS_{name.upper()}": value for name, value in given.items()}
    environment["COLUMNS"] = None if columns is None else str(columns)
    settings.cache_clear()  # they are read once per process, and each test has a database of its own
    try:
        return CliRunner().invoke(app, words, env=environment, input=typed)
    finally:
        settings.cache_clear()


def sentence(result: Result) -> str:
    """Return what a verb that failed has told, be it by an error of ours or by a wrong option."""
    told = f"{result.exception} {result.output}" if result.exception is not None else result.output
    return " ".join(told.replace("│", " ").split())
