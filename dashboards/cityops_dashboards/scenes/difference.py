"""What differs between two scenes, in words: what stands where, what it shows, what brings it up."""

from collections.abc import Iterator, Sequence
from typing import Any

from cityops_dashboards.scenes.frame import FORMS
from cityops_dashboards.scenes.model import Scene

PLAIN = ("title", "owner", "key", "dwell", "rotates", "when", "hold", "distance", "generate")
"""Fields of a scene that are compared as a whole."""


def between(before: Sequence[Scene], after: Sequence[Scene]) -> Iterator[str]:
    """Yield what has changed from one set of scenes to another, by the scenes' ids."""
    old, new = ({scene.id: scene for scene in scenes} for scenes in (before, after))
    for code in old:
        if code not in new:
            yield f"{code}: is gone"
    for code, scene in new.items():
        if code not in old:
            yield f"{code}: is new ({scene.title.zh} {scene.title.en})"
        else:
            yield from (f"{code}: {words}" for words in changes(old[code], scene))


def changes(before: Scene, after: Scene) -> Iterator[str]:
    """Yield what has changed in a scene."""
    for field in PLAIN:
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield f"{field}: {_said(old)} → {_said(new)}"
    for slot in [*before.panels, *(one for one in after.panels if one not in before.panels)]:
        if words := _panel(before.panels.get(slot), after.panels.get(slot)):
            yield f"{slot}: {words}"
    yield from _places(before, after)


def _panel(old: Any, new: Any) -> str:
    if old is None or new is None:
        return f"is new ({new.figure})" if old is None else f"is gone (was {old.figure})"
    if old.figure != new.figure:
        return f"is {new.figure} now, was {old.figure}"
    if changed := _filter(getattr(old, "filter", None), getattr(new, "filter", None)):
        return changed
    gone = [code for code in old.shown if code not in new.shown]
    come = [code for code in new.shown if code not in old.shown]
    words = [*(f"without {code}" for code in gone), *(f"with {code}" for code in come)]
    if not words and old.shown != new.shown:
        words = [f"in another order: {', '.join(new.shown)}"]
    return "; ".join(words)


def _filter(old: Any, new: Any) -> str:
    """Return what has changed in which alarms or cases a panel shows."""
    return "" if old == new else f"filter: {_named(old)} → {_named(new)}"


def _named(given: Any) -> str:
    """Return a filter as a file would say it."""
    return _said(given and given.model_dump(exclude_none=True))


def _places(before: Scene, after: Scene) -> Iterator[str]:
    """Yield which slots have moved, on screens of which form."""
    for one in FORMS:
        old, new = before.frame(one.code).boxes(), after.frame(one.code).boxes()
        moved = [slot for slot, box in new.items() if slot in old and old[slot] != box]
        if moved:
            yield f"{', '.join(moved)}: moved or resized at {one.code}"


def _said(value: Any) -> str:
    """Return a value as a file would say it."""
    if value is None:
        return "none"
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(one)}" for key, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
