"""Which deliveries of a channel may be acknowledged at once: all up to the first that is not settled. No I/O."""

from collections.abc import Iterable


class Acknowledgements:
    """Counts delivery tags, which a channel gives from 1 on without a gap."""

    def __init__(self) -> None:
        self._up_to = 0
        self._beyond: set[int] = set()

    def settle(self, tags: Iterable[int]) -> tuple[int, list[int]]:
        """Note settled tags; return up to which all may be acknowledged at once, 0 for none, and those beyond it.

        Each tag is returned once, by itself or in what is acknowledged at once.
        """
        new = set(tags)
        before, pending = self._up_to, self._beyond | new
        while self._up_to + 1 in pending:
            self._up_to += 1
        self._beyond = {tag for tag in pending if tag > self._up_to}
        alone = sorted(tag for tag in new if tag > self._up_to)
        # What was acknowledged by itself before must not end the range: the broker knows it no more.
        last = max((tag for tag in new if before < tag <= self._up_to), default=0)
        return last, alone
