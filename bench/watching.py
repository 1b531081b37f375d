"""Watches a long measurement from second to second: memory of the parts, what waits where; shows how far it is."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.harness import Bench
from bench.memory import resident_bytes
from bench.told import Told
from cityops.errors import CityopsError

EACH_S = 1.0
MB = 1e6
COMMITTED = "cityops_ingest_readings_stored_total"


@dataclass(frozen=True, slots=True)
class Sample:
    """The parts at one instant: `at_s` since the watch began, resident memory in MB by part, messages that wait."""

    at_s: float
    memory_mb: Mapping[str, float]
    waiting: int
    oldest_s: float
    committed: int


class Watch:
    """Takes samples of running parts, given their process ids by name, and of one worker's metrics."""

    def __init__(self, bench: Bench, pids: Mapping[str, int], told: Told) -> None:
        self._bench, self._pids, self._told = bench, dict(pids), told
        self._began = time.monotonic()
        self.samples: list[Sample] = []

    def until(self, is_over: Callable[[], bool], what: str, *, expected_s: float, longest_s: float) -> list[Sample]:
        """Sample each second until something is over, with a bar that expects it after so long; return the samples.

        Raises
        ------
        CityopsError
            It was not over in time.
        """
        began, first = time.monotonic(), len(self.samples)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[told]}"),
        )
        with Progress(*columns, console=self._bench.console) as progress:
            task = progress.add_task(what, total=expected_s, told="")
            while not is_over():
                if time.monotonic() - began > longest_s:
                    raise CityopsError(f"waited {longest_s:.0f} s in vain for: {what}")
                self.samples.append(self.sample())
                told = f"{self.samples[-1].waiting:,} messages wait"
                progress.update(task, completed=time.monotonic() - began, told=told)
                time.sleep(EACH_S)
        return self.samples[first:]

    def for_seconds(self, seconds: float, what: str) -> list[Sample]:
        """Sample each second for so long."""
        end = time.monotonic() + seconds
        return self.until(lambda: time.monotonic() >= end, what, expected_s=seconds, longest_s=2 * seconds + 60)

    def sample(self) -> Sample:
        """Return the parts as they are now."""
        return Sample(
            time.monotonic() - self._began,
            {name: resident_bytes(pid) / MB for name, pid in self._pids.items()},
            int(self._told("cityops_ingest_broker_waiting_messages")),
            self._told("cityops_ingest_oldest_message_seconds"),
            int(self._told(COMMITTED)),
        )
