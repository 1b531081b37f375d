"""What a source of messages owes the worker, whatever wire they come by: taken, settled, confirmed, never dropped."""

from typing import Protocol, TypeVar

from cityops_ingest.envelope import Outcome

Delivery_contra = TypeVar("Delivery_contra", contravariant=True)
"""How a source knows a message that it has delivered: a number of the broker's, a request that waits."""


class Source(Protocol[Delivery_contra]):
    """Puts what is sent into a backlog, as envelopes, and tells the senders once it is stored.

    Each message is somebody's, a broker's or a sender's, until it is confirmed, and nothing is confirmed before the
    commit. So a source keeps nothing by itself: whatever ends it, what is not confirmed is delivered again, or its
    sender is told that it must send it again; and what arrives twice counts as a duplicate.

    While the backlog is full, a source takes nothing more: it leaves what comes with whoever has it, or refuses it.
    What a closed backlog does not take, it does not confirm. Where order counts, it puts messages in as they came.
    """

    def start(self) -> None:
        """Begin to take messages, in the background; called once. A wire that cannot be had is tried again."""

    def settle(self, delivery: Delivery_contra, outcome: Outcome, /) -> None:
        """Note what became of a message; an envelope's `settle` is this, of its delivery.

        Called by the writer's thread, once for each message, after the commit and in the order of the backlog; not at
        all for what could not be committed before the worker's end. It waits for nothing and raises nothing: a
        sender that has gone away is nobody's concern here.
        """

    def confirm(self) -> None:
        """Tell whoever sent them of all messages that were settled since the last time; an envelope's `flush`.

        Called by the writer's thread, once after each batch: a source that is asked many at a time answers so. One
        that has answered each message when it was settled has nothing left to do, and leaves `flush` out.
        """

    def stop(self) -> None:
        """Leave the wire; called once, after the backlog is drained and its last batch confirmed.

        What is settled has been confirmed by then. What is not stays with the broker, which delivers it to the next
        worker of this name, or is refused to its sender, who sends it again.
        """
