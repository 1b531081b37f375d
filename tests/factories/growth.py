"""How the work on a text grows with its length: four times as long, four times the work, or sixteen times."""

from collections.abc import Callable
from time import process_time

SHORTEST_S = 0.02
"""Work below this is lost among the clock's ticks."""


def growth(work: Callable[[str], object], piece: str) -> float:
    """Return how many times the processor time of a text is that of a quarter of it, both made of one piece.

    The quarter is made long enough to be measured, or has 100,000 letters. About 4 where work is in proportion to the
    length, 16 where it is to its square.
    """
    count = 2_000 // len(piece) + 1
    while (quarter := _seconds(work, piece * count)) < SHORTEST_S and count * len(piece) < 100_000:
        count *= 2
    return min(_seconds(work, piece * count * 4) for _ in range(2)) / max(quarter, SHORTEST_S / 4)


def _seconds(work: Callable[[str], object], text: str) -> float:
    began = process_time()
    work(text)
    return process_time() - began
