"""What several sources say of one indicator over time, as lines on one scale: pure, the API's points in, SVG out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 200, 56, 16, 12, 24
DASHES = ("", "7 4", "2 3", "10 3 2 3")
"""By place among the sources: a line is told by its dashes and its name, not by its colour alone."""


@dataclass(frozen=True, slots=True)
class LineBeside:
    """The line of one source: its path, its points, and how it is told from the others."""

    source: str
    path: str
    points: Sequence[tuple[float, float]]
    dashes: str
    colour: int


@dataclass(frozen=True, slots=True)
class LinesBeside:
    """A drawing of WIDTH by HEIGHT: lines, and the least and greatest value at the axis."""

    lines: Sequence[LineBeside]
    low: str
    high: str
    first: str
    last: str


def drawn(points: Sequence[Mapping[str, Any]], sources: Sequence[str], decimals: int) -> LinesBeside | None:
    """Return the lines of one region's points, in order of time; None where less than two periods are known.

    All sources have one scale, from the least to the greatest value: a difference of 5 % is to be seen.
    """
    said = [
        (place, one["source"], one["value"])
        for place, point in enumerate(points)
        for one in point["values"]
        if one["value"] is not None
    ]
    if len({place for place, _, _ in said}) < 2:
        return None
    low, high = min(value for _, _, value in said), max(value for _, _, value in said)
    room = (high - low or 1) * 0.05
    bottom, height = low - room, high - low + 2 * room
    lines = []
    for number, source in enumerate(sources):
        own = [
            (
                round(LEFT + (WIDTH - LEFT - RIGHT) * place / (len(points) - 1), 1),
                round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - bottom) / height), 1),
            )
            for place, of, value in said
            if of == source
        ]
        path = "M" + "L".join(f"{x} {y}" for x, y in own) if own else ""
        lines.append(LineBeside(source, path, own, DASHES[number % len(DASHES)], number % 4 + 1))
    return LinesBeside(
        lines, f"{low:,.{decimals}f}", f"{high:,.{decimals}f}", points[0]["start"], points[-1]["start"]
    )
