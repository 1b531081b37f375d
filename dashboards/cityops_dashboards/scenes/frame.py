"""The frame: how large the wall's canvas is on screens of each shape, and where each slot stands on it. Data alone.

Head, situation and rail stand in the same place in every scene, and so do the slots of a scene that names no layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

PADDING_X, PADDING_BELOW = 28, 16
GAP_X, GAP_Y = 28, 8
MOST = 1 / 3
"""Of a tile: a gutter that is farther away from every seam stays where it is."""

Areas = tuple[str, ...]
"""Rows of words, as in CSS `grid-template-areas`."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the canvas, in its pixels."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ScreenForm:
    """A shape of screen: its canvas, and the grid on it; a track is so many pixels, or a share such as `1fr`."""

    code: str
    width: int
    height: int
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    areas: Areas

    @property
    def name(self) -> str:
        """The code as it may stand in the name of an attribute or a property: 16x9 for 16:9."""
        return self.code.replace(":", "x")

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that it has, in reading order."""
        return tuple(dict.fromkeys(word for row in self.areas for word in row.split()))

    @property
    def template(self) -> str:
        """The grid as CSS `grid-template` takes it."""
        rows = " ".join(_rows(self))
        return f"{rows} / {' '.join(self.columns)}"

    def boxes(self) -> Mapping[str, Box]:
        """Return where each slot stands."""
        lefts = _edges(self.columns, PADDING_X, self.width - PADDING_X, GAP_X)
        tops = _edges(self.rows, 0, self.height - PADDING_BELOW, GAP_Y)
        return {slot: _box(*span(self.areas, slot), lefts, tops) for slot in self.slots}

    def scene(self, areas: Areas, columns: Sequence[int], rows: Sequence[int]) -> "ScreenForm":
        """Return the form with a scene's own slots between situation and rail, shared out by these weights."""
        before, after = _outer(self)
        wide = [*before, *areas, *after]
        return replace(
            self,
            columns=tuple(f"{weight}fr" for weight in columns),
            rows=(*self.rows[: len(before)], *(f"{weight}fr" for weight in rows), *self.rows[-len(after) :]),
            areas=tuple(_across(row, len(columns)) if " " not in row else row for row in map(_single, wide)),
        )

    def tiled(self, across: int, down: int) -> "ScreenForm":
        """Return the form for a wall of tiles: the gutters between slots stand on their seams where they can.

        What is near to a seam moves to it, the rest follows in proportion; a seam that is too far away for that runs
        through a slot (`crossed` says through which). Where there are seams on the way down, each column is halved.
        """
        one = self._halved() if down > 1 else self
        lefts = _edges(one.columns, PADDING_X, one.width - PADDING_X, GAP_X)
        tops = _edges(one.rows, 0, one.height - PADDING_BELOW, GAP_Y)
        before, after = (len(rows) for rows in _outer(one))
        return replace(
            one,
            columns=_snapped(lefts, _seams(one.width, across), (0, 0), GAP_X),
            rows=_snapped(tops, _seams(one.height, down), (before, after), GAP_Y),
        )

    def _halved(self) -> "ScreenForm":
        columns, areas = HALVED.get(self.code, ((), ()))
        if not areas or self.areas != form(self.code).areas:
            return self  # high anyway, or a scene's own
        before, after = _outer(self)
        return replace(
            self,
            columns=columns,
            rows=(*self.rows[: len(before)], "1fr", "1fr", *self.rows[-len(after) :]),
            areas=(
                *(_across(row.split()[0], len(columns)) for row in before),
                *areas,
                *(_across(row.split()[0], len(columns)) for row in after),
            ),
        )

    def crossed(self, across: int, down: int) -> Mapping[str, tuple[list[float], list[float]]]:
        """Return the seams of so many tiles that run through a slot, as pixels from its left and from its top."""
        found = {}
        for slot, box in self.boxes().items():
            xs = [x - box.left for x in _seams(self.width, across) if box.left < x < box.left + box.width]
            ys = [y - box.top for y in _seams(self.height, down) if box.top < y < box.top + box.height]
            if xs or ys:
                found[slot] = (xs, ys)
        return found


OUTER = ("head", "sit", "rail")
"""Slots that are the wall's own; a scene says what stands in the others."""

FORMS: Sequence[ScreenForm] = (
    ScreenForm(
        "16:9",
        1920,
        1080,
        ("452px", "1fr", "500px"),
        ("68px", "128px", "1fr", "206px", "92px", "46px"),
        (
            "head head head",
            "sit sit sit",
            "trends map alarms",
            "vitals map cases",
            "roster map cases",
            "rail rail rail",
        ),
    ),
    ScreenForm(
        "21:9",
        2520,
        1080,
        ("452px", "1fr", "500px", "480px"),
        ("68px", "128px", "1fr", "204px", "72px", "46px"),
        (
            "head head head head",
            "sit sit sit sit",
            "trends map alarms cases",
            "vitals map alarms cases",
            "roster map alarms cases",
            "rail rail rail rail",
        ),
    ),
    ScreenForm(
        "32:9",
        3840,
        1080,
        ("452px", "452px", "560px", "1120px", "520px", "1fr"),
        ("68px", "128px", "494px", "1fr", "46px"),
        (
            "head head head head head head",
            "sit sit sit sit sit sit",
            "trends vitals city core alarms cases",
            "roster vitals city core alarms cases",
            "rail rail rail rail rail rail",
        ),
    ),
    ScreenForm(
        "9:16",
        1080,
        1920,
        ("1fr",),
        ("68px", "216px", "1fr", "310px", "268px", "250px", "138px", "46px"),
        ("head", "sit", "map", "alarms", "cases", "trends", "vitals", "rail"),
    ),
)
"""From design.md, section 2; the first is the one that all others are judged by."""

HALVED: Mapping[str, tuple[tuple[str, ...], Areas]] = {
    "16:9": (("452px", "1fr", "500px"), ("trends map alarms", "vitals map cases")),
    "21:9": (("452px", "1fr", "500px"), ("trends map alarms", "vitals map cases")),
    "32:9": (("452px", "560px", "1fr", "520px"), ("trends city core alarms", "vitals city core cases")),
}
"""Columns and slots of a wall of tiles that has seams on the way down."""

UNDER = {"city": "map", "core": "map"}
"""Slots that show what stands in another one: on a wide wall the map has two, the whole city and its core."""


def by_tile(across: int) -> str:
    """Return columns between seams, as CSS takes them: a gutter stands on each seam, and none where the wall ends."""
    tile = f"calc(var(--canvas-width) / {across} - {GAP_X}px)"
    end = f"calc(var(--canvas-width) / {across} - {PADDING_X + GAP_X / 2:g}px)"
    return " ".join([end, *([tile] * (across - 2)), end])


def form(code: str) -> ScreenForm:
    """Return the form of this code."""
    return next(one for one in FORMS if one.code == code)


def span(areas: Areas, slot: str) -> tuple[range, range]:
    """Return the columns and rows that a slot takes; a rectangle only if each of their cells is the slot's."""
    cells = [
        (column, row) for row, words in enumerate(areas) for column, word in enumerate(words.split()) if word == slot
    ]
    columns, rows = {column for column, _ in cells}, {row for _, row in cells}
    return range(min(columns), max(columns) + 1), range(min(rows), max(rows) + 1)


def is_rectangle(areas: Areas, slot: str) -> bool:
    """Tell whether a slot's cells are a rectangle."""
    columns, rows = span(areas, slot)
    return all(areas[row].split()[column] == slot for row in rows for column in columns)


def sheet() -> str:
    """Return the style sheet of the forms: the canvas of each, and its grid unless a scene or tiles have their own.

    A slot that a form has no place for is `off` there; one that takes the place of two is `over` both.
    """
    told = ", ".join(f"{one.name} {one.width} {one.height}" for one in FORMS)
    rules = "\n\n".join(_rule(one) for one in FORMS)
    return f"{_NOTE}:root {{\n  --forms: {told};\n}}\n\n{rules}\n"


_NOTE = """/* The wall on screens of each shape. Written from scenes/frame.py, and not to be changed here:
   python -m cityops_dashboards.scenes.frame > dashboards/cityops_dashboards/assets/css/frame.css */
"""


def _rule(one: ScreenForm) -> str:
    rows = "\n    ".join(_rows(one))
    under = [slot for slot in one.slots if slot in UNDER]
    lines = [
        f'[data-form="{one.name}"] .canvas {{',
        f"  grid-template: var(--grid-{one.name},",
        f"    {rows}",
        f"    / {' '.join(one.columns)});",
        "}",
        "",
        f'[data-form="{one.name}"] .off-{one.name} {{',
        "  display: none;",
        "}",
    ]
    if under:
        area = f"{under[0]}-start / {under[0]}-start / {under[-1]}-end / {under[-1]}-end"
        lines += ["", f'[data-form="{one.name}"] .over-{one.name} {{', f"  grid-area: {area};", "}"]
    return "\n".join(lines)


def _rows(one: ScreenForm) -> list[str]:
    """Return the rows as CSS has them: where the rail stands, the time machine takes more (`--rail`)."""
    sizes = [
        f"var(--rail, {size})" if "rail" in area else size for area, size in zip(one.areas, one.rows, strict=True)
    ]
    return [f'"{area}" {size}' for area, size in zip(one.areas, sizes, strict=True)]


def _outer(one: ScreenForm) -> tuple[list[str], list[str]]:
    """Return the rows of the wall's own slots above and below those of a scene."""
    own = [row.split()[0] in OUTER for row in one.areas]
    first, last = own.index(False), len(own) - own[::-1].index(False)
    return list(one.areas[:first]), list(one.areas[last:])


def _single(row: str) -> str:
    """Return a row of one slot as one word."""
    words = set(row.split())
    return words.pop() if len(words) == 1 and words <= set(OUTER) else row


def _across(word: str, columns: int) -> str:
    return " ".join([word] * columns)


def _edges(tracks: Sequence[str], begin: float, end: float, gap: float) -> list[tuple[float, float]]:
    """Return where each track begins and ends."""
    fixed = sum(float(one.removesuffix("px")) for one in tracks if one.endswith("px"))
    shares = sum(float(one.removesuffix("fr")) for one in tracks if one.endswith("fr"))
    room = end - begin - gap * (len(tracks) - 1) - fixed
    found, here = [], begin
    for one in tracks:
        size = float(one[:-2]) if one.endswith("px") else room * float(one[:-2]) / shares
        found.append((here, here + size))
        here += size + gap
    return found


def _box(columns: range, rows: range, lefts: list[tuple[float, float]], tops: list[tuple[float, float]]) -> Box:
    left, top = lefts[columns[0]][0], tops[rows[0]][0]
    return Box(left, top, lefts[columns[-1]][1] - left, tops[rows[-1]][1] - top)


def _seams(length: float, tiles: int) -> list[float]:
    return [length * number / tiles for number in range(1, tiles)]


def _snapped(
    edges: list[tuple[float, float]], seams: Sequence[float], fixed: tuple[int, int], gap: float
) -> tuple[str, ...]:
    """Return the tracks with the gutters between them moved to seams; so many first and last ones stay."""
    gutters = [(one[1] + other[0]) / 2 for one, other in pairwise(edges)]
    free = range(fixed[0], len(gutters) - fixed[1])
    most = MOST * (seams[0] if seams else 0)
    moves = _moves([gutters[number] for number in free], seams, most)
    known = {number + 1: place for number, place in enumerate(gutters) if number not in free}
    known |= {free[number] + 1: seam for number, seam in moves.items()}
    places = _between([edges[0][0] - gap / 2, *gutters, edges[-1][1] + gap / 2], known)
    sizes = [other - one - gap for one, other in pairwise(places)]
    stay = {*range(fixed[0]), *range(len(sizes) - fixed[1], len(sizes))}
    return tuple(f"{size:.1f}{'px' if number in stay else 'fr'}" for number, size in enumerate(sizes))


def _moves(gutters: Sequence[float], seams: Sequence[float], most: float) -> Mapping[int, float]:
    """Return which gutter moves to which seam, in their order: as many as can by less than `most`, the least way."""
    best: tuple[tuple[int, float], dict[int, float]] = ((0, 0.0), {})
    for count in range(1, min(len(gutters), len(seams)) + 1):
        for chosen in combinations(range(len(gutters)), count):
            for goals in combinations(seams, count):
                ways = [abs(gutters[number] - goal) for number, goal in zip(chosen, goals, strict=True)]
                if max(ways) < most and (-count, sum(ways)) < best[0]:
                    best = (-count, sum(ways)), dict(zip(chosen, goals, strict=True))
    return best[1]


def _between(places: list[float], known: Mapping[int, float]) -> list[float]:
    """Return the places with some of them moved, and each other one in proportion between those around it."""
    goals = {0: places[0], len(places) - 1: places[-1], **known}
    found = []
    for number, place in enumerate(places):
        low = max(one for one in goals if one <= number)
        high = min(one for one in goals if one >= number)
        share = 0 if low == high else (place - places[low]) / (places[high] - places[low])
        found.append(goals[low] + share * (goals[high] - goals[low]))
    return found


if __name__ == "__main__":
    import sys

    sys.stdout.write(sheet())
