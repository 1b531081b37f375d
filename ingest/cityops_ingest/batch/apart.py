"""Takes a batch that is refused again and again apart, down to the item at fault; the others are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cityops.store.registry import KnownMetric
from cityops_ingest.batch.assembly import Batch
from cityops_ingest.decode.items import Refusal
from cityops_ingest.envelope import Envelope, Outcome
from cityops_ingest.trouble import Repeats, reason_of, told


@dataclass(slots=True)
class Remainder:
    """A batch on its way into the store: the parts that are not stored yet, next one last, and what came of others.

    `refused` are the items at fault with their messages and these messages' accounts, still to be recorded.
    """

    batch: Batch
    parts: list[Batch] = field(init=False)
    whole: list[Outcome] | None = None
    outcomes: dict[Envelope, Outcome] = field(default_factory=dict)
    refused: list[tuple[Envelope, tuple[str, str], Refusal]] = field(default_factory=list)
    is_message_at_fault: bool = False
    repeats: Repeats = field(default_factory=Repeats)

    def __post_init__(self) -> None:
        """Begin with the whole batch as its only part."""
        self.parts = [self.batch]

    def stored(self, outcomes: Sequence[Outcome]) -> None:
        """Note that the next part is stored, with the outcome of each of its messages."""
        part = self.parts.pop()
        if part is self.batch:  # nearly always
            self.whole = list(outcomes)
        else:
            self.add(dict(zip(part.envelopes, outcomes, strict=True)))
            # What is refused beside something that is taken is at fault itself.
            self.is_message_at_fault |= any(outcome.stored for outcome in outcomes)

    def add(self, outcomes: dict[Envelope, Outcome]) -> None:
        """Add outcomes of parts of messages to those of their other parts."""
        for envelope, outcome in outcomes.items():
            before = self.outcomes.setdefault(envelope, outcome)
            if before is not outcome:
                before.stored += outcome.stored
                before.duplicate += outcome.duplicate
                before.rejects += outcome.rejects

    def part(self) -> bool:
        """Put the halves of the next part in its place, the first half next; return False where it is one item."""
        halves = _halves(self.parts[-1])
        if halves is not None:
            self.parts[-1:] = reversed(halves)
        return halves is not None

    def refuse(self, error: Exception, metrics: Mapping[int, KnownMetric]) -> None:
        """Take the next part, which is one item, out as refused for an error."""
        part = self.parts.pop()
        [envelope], [account] = part.envelopes, part.accounts
        metric = metrics[int(part.readings.metric[0])].code if len(part.readings) else None
        refusal = Refusal(part.first_item, reason_of(error), told(error), metric)
        self.refused.append((envelope, account, refusal))

    def rejects(self) -> Batch:
        """Return a batch of the items at fault."""
        accounts = {envelope: account for envelope, account, _ in self.refused}
        place = {envelope: number for number, envelope in enumerate(accounts)}
        refusals = [(place[envelope], refusal) for envelope, _, refusal in self.refused]
        return self.batch.of_refusals(list(accounts), list(accounts.values()), refusals)

    def result(self) -> list[Outcome]:
        """Return the outcome of each message of the batch."""
        return self.whole or [self.outcomes[envelope] for envelope in self.batch.envelopes]


def _halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """Part a batch between messages; a batch of one message between its items, its rejects with the first of them."""
    messages = len(batch.envelopes)
    if messages > 1:
        return batch.of_messages(0, messages // 2), batch.of_messages(messages // 2, messages)
    items = len(batch.readings) + len(batch.records)
    if items + bool(batch.rejects) < 2:
        return None
    first = 0 if batch.rejects else items // 2
    return batch.of_items(0, first, with_rejects=True), batch.of_items(first, items, with_rejects=False)
