"""Sends readings of one device through a real writer, with the outcome of each message."""

import json
from datetime import datetime, timedelta

from cityops.clock import utc_now
from cityops_ingest.backlog import Backlog
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.writer import Writer


class Sender:
    """Sends readings of one device through a real writer."""

    def __init__(self, database_url: str, name: str = "w") -> None:
        self._writer = Writer(database_url, name, Backlog())
        self.outcomes: list[Outcome] = []

    def send(self, *moments: datetime) -> Outcome:
        items = [{"device": "WL-1", "ts": at.isoformat(), "metric": "water_depth", "value": 7} for at in moments]
        payload = json.dumps(items).encode()
        topic = b"cityops/v1/readings/water-logging"
        self._writer.store([Envelope(topic, payload, len(payload), utc_now(), self.outcomes.append)])
        return self.outcomes[-1]

    def close(self) -> None:
        self._writer.close()


def ago(days: float) -> datetime:
    return utc_now() - timedelta(days=days)
