"""What the simulator has sent: the expectation that tests hold against the store."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from cityops.domain.rejects import Reason
from cityops.simulate.messages import Message


class Journal:
    """Counts of what was sent and, if `keep`, the unique readings and steps themselves.

    `readings` maps (device, metric, ms since 1970 UTC) to the value; `steps` maps (source, case, sequence) to the
    status. Of the messages counted, `unacknowledged` may not have reached the broker when the run ended,
    and `undelivered` did, but were refused there or given to nobody.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self._keep = keep
        self.messages = 0
        self.unacknowledged = 0
        self.undelivered = 0
        self.unique_readings = 0
        self.repeated_readings = 0
        self.unique_steps = 0
        self.repeated_steps = 0
        self.indicator_values = 0
        self.rejects: Counter[Reason] = Counter()
        self.readings: dict[tuple[str, str, int], float] = {}
        self.steps: dict[tuple[str, str, int], str] = {}

    def record(self, message: Message) -> None:
        """Take note of a message that was handed to the broker."""
        self.messages += 1
        if message.reason:
            self.rejects[message.reason] += 1
        readings = sum(len(reading["values"]) for reading in message.readings)
        if message.repeat:
            self.repeated_readings += readings
            self.repeated_steps += len(message.steps)
            return
        self.unique_readings += readings
        self.unique_steps += len(message.steps)
        self.indicator_values += message.values
        if self._keep:
            self._remember(message)

    def _remember(self, message: Message) -> None:
        for reading in message.readings:
            for metric, value in reading["values"].items():
                self.readings[reading["device"], metric, reading["ts"]] = value
        source = message.topic.split("/")[3]
        for step in message.steps:
            self.steps[source, step.external_id, step.sequence] = step.status

    def counts(self) -> dict[str, Any]:
        """Return the counts by name, and the expected rejects by reason."""
        names = (
            "messages",
            "unacknowledged",
            "undelivered",
            "unique_readings",
            "repeated_readings",
            "unique_steps",
            "repeated_steps",
            "indicator_values",
        )
        return {name: getattr(self, name) for name in names} | {
            "rejects": {reason.value: n for reason, n in sorted(self.rejects.items())}
        }

    def write(self, path: Path) -> None:
        """Write one JSON object: the counts and, if kept, `readings` and `steps` as arrays."""
        readings = [[*key, value] for key, value in sorted(self.readings.items())]
        steps = [[*key, status] for key, status in sorted(self.steps.items())]
        path.write_bytes(orjson.dumps(self.counts() | {"readings": readings, "steps": steps}))
