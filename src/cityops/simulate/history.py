"""The back-fill: readings of past hours on a five-minute grid, in large messages, the newest first.

The grid's instants are among those at which the devices speak when live, and the values are the same, so that a
back-fill over hours that were once sent live only repeats readings.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from cityops.simulate.faults import Faults, silence
from cityops.simulate.messages import Message, many_readings, readings_of
from cityops.simulate.signals import values
from cityops.simulate.sites import Sites

STEP_MS = 300_000
OBJECTS = 200
"""Objects in one message."""

_BLOCK_OBJECTS = 50_000
"""Objects made ahead: enough for numpy to be quick, few enough for a large fleet to stay in memory."""


def history(fleet: Sequence[Sites], after_ms: int, until_ms: int, faults: Faults | None) -> Iterator[Message]:
    """Yield the readings in (after, until] (ms since 1970 UTC), the newest first.

    Of the faults only silence applies: what was repeated or late has arrived by now.
    """
    steps = min(max(1, _BLOCK_OBJECTS // sum(sites.total for sites in fleet)), 12)
    for block in range(until_ms // (STEP_MS * steps), after_ms // (STEP_MS * steps) - 2, -1):
        grid = (block * steps + np.arange(steps))[:, None] * STEP_MS
        rows = [list(_block(sites, grid, after_ms, until_ms, faults)) for sites in fleet]
        for step in reversed(range(steps)):
            for messages in rows:
                yield from messages[step]


def history_size(fleet: Sequence[Sites], after_ms: int, until_ms: int) -> int:
    """Return about how many objects the back-fill will send, silent devices counted too."""
    return sum(sites.total for sites in fleet) * ((until_ms - after_ms) // STEP_MS)


def _block(
    sites: Sites, grid: np.ndarray, after_ms: int, until_ms: int, faults: Faults | None
) -> Iterator[list[Message]]:
    """Yield for each instant of the grid the messages of one kind of device."""
    times = grid + sites.phase_ms
    wanted = (times > after_ms) & (times <= until_ms)
    if not wanted.any():
        yield from ([] for _ in grid)
        return
    if faults:
        wanted &= ~silence(faults, sites, times / 1000)
    columns = list(values(sites, times / 1000).values())
    for row in range(len(grid)):
        positions = np.flatnonzero(wanted[row])
        lists = [column[row][positions].tolist() for column in columns]
        readings = readings_of(sites, positions.tolist(), times[row][positions].tolist(), lists)
        starts = range(0, len(readings), OBJECTS)
        yield [many_readings(sites, readings[i : i + OBJECTS], until_ms) for i in starts]
