"""Records in the audit what takes long to send: before it begins and after it ended, with what was counted."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine

from cityops.domain.audit import Action, Actor, AuditOutcome
from cityops.services import audit as acts
from cityops.store.access import audit as store
from cityops.store.engine import writing

Counted = TypeVar("Counted", bound=Sized)


class SentTally:
    """Counts what goes out while a file is sent."""

    def __init__(self) -> None:
        self.rows = self.bytes = 0

    def counted(self, batches: Iterable[Counted]) -> Generator[Counted]:
        """Yield the batches of rows and count these."""
        for batch in batches:
            self.rows += len(batch)
            yield batch

    def sized(self, pieces: Iterable[bytes]) -> Generator[bytes]:
        """Yield the pieces and count their bytes, before they go: what broke off midway may have arrived."""
        for piece in pieces:
            self.bytes += len(piece)
            yield piece


@contextmanager
def recorded(
    engine: Engine, actor: Actor, action: Action, name: str, wanted: Mapping[str, Any]
) -> Iterator[SentTally]:
    """Record a work that takes long, once before the block and once after it, with what was counted in it."""
    tally = SentTally()

    def write(outcome: AuditOutcome, detail: Mapping[str, Any]) -> None:
        with writing(engine) as connection:
            store.record(connection, actor, action, name, outcome, detail)

    def ended() -> Mapping[str, Any]:
        return {"filter": wanted, "rows": tally.rows, "bytes": tally.bytes}

    with acts.recorded(write, {"filter": wanted}, ended):
        yield tally
