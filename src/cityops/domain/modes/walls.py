"""Scenes sent to named walls (推送): to which somebody may, for how long, what a wall shows meanwhile."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cityops.domain.access import Permission, Scope, Subject

LONGEST_PUSH = timedelta(hours=12)
"""A shift; who sends it for longer sends it again."""

ANSWERS = timedelta(seconds=45)
"""A wall tells every fifteen seconds what it shows; one that has missed three of them does not answer."""

SCENE = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""The id of a scene, as its file has it."""


class WallError(ValueError):
    """A scene cannot be sent so; the text names what would do."""


@dataclass(frozen=True, slots=True)
class Push:
    """A scene that somebody has sent to a wall, until when it is held there."""

    scene: str
    by: str
    at: datetime
    until: datetime


def may_push(subject: Subject, display: Scope) -> bool:
    """Tell whether somebody may send scenes to a display of this area: all of it lies in the own one."""
    return subject.may(Permission.WALL_PUSH) and subject.scope.includes(display)


def check_push(until: datetime, now: datetime) -> None:
    """Refuse an end that is past or too far away.

    Raises
    ------
    WallError
        Names what would do.
    """
    if not now < until <= now + LONGEST_PUSH:
        raise WallError(
            f"minutes: give 1 to {LONGEST_PUSH.total_seconds() / 60:g}; a push is held for a shift at most"
        )
