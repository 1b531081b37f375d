"""Whether a million readings survive everything: none lost, none counted twice, every refusal as it was sent."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Setting
from bench.harness import QUICK, Bench, World
from bench.strikes.fire import LONG, SHORT, Burnt, burn
from bench.strikes.rig import DATABASE_SETTINGS
from cityops.local import prepare


def measure(bench: Bench, _worlds: Sequence[World]) -> Iterator[Figure]:
    """Run the long ledger test on servers of its own; what it finds is the figures, good or bad."""
    folder = Path(tempfile.mkdtemp(prefix="cityops-ledger-"))
    folder.chmod(0o755)  # the servers' account must be able to enter
    try:
        burnt = burn(
            prepare(), folder, SHORT if bench.sizes is QUICK else LONG, lambda text: bench.say(f"ledger: {text}")
        )
    finally:
        shutil.rmtree(folder)
    for difference in (*burnt.audit.differences, *burnt.audit.examples):
        bench.say(f"ledger: {difference}")
    yield from _figures(burnt)


def _figures(burnt: Burnt) -> Iterator[Figure]:
    found, journal = burnt.audit, burnt.journal
    struck: dict[str, Setting] = {name.replace("_", " "): count for name, count in burnt.struck.items()}
    struck["alarm rules in force"] = burnt.rules
    yield Figure("ledger.lost", found.lost, "readings", struck)
    yield Figure("ledger.doubled", found.doubled, "readings", struck)
    yield Figure("ledger.verify_differences", len(found.differences), "checks", struck)
    yield Figure("ledger.rejects_wrong", found.rejects_wrong, "items", {})
    yield Figure("ledger.rejects_sent", journal.rejects.total(), "items", {})
    yield Figure("ledger.rejects_recorded", found.rejects_recorded, "items", {})
    of_these: dict[str, Setting] = {"late by up to a day": journal.late, "messages": len(journal.messages)}
    yield Figure("ledger.readings", len(journal.readings), "readings", of_these)
    yield Figure("ledger.repeated", journal.repeated, "readings", {})
    yield Figure("ledger.duplicates", found.duplicates, "items", {"messages sent again": burnt.sent_again})
    yield Figure("ledger.alarm_hints", burnt.hints, "hints", {"alarm rules in force": burnt.rules})
    yield Figure("ledger.seconds", burnt.seconds, "s", {"workers": 2, **DATABASE_SETTINGS})
    yield from (Figure(f"ledger.{name}", count, "times", {}) for name, count in burnt.struck.items())
