"""What acts on cases are asked with, by whom, and how they refuse: stale, not allowed, naming what is not there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cityops.domain.access import Subject
from cityops.domain.audit import Actor, command_line
from cityops.domain.events.acts import Act, Asker, CaseKind, Denied, Unit
from cityops.domain.events.status import Severity
from cityops.domain.events.supervision import Supervision
from cityops.domain.intervals import CITY_ZONE
from cityops.errors import CityopsError


class StaleError(CityopsError):
    """Somebody acted first; the text says who, and what changed."""

    def __init__(self, text: str, current: str, changes: list[str]) -> None:
        super().__init__(text)
        self.current, self.changes = current, changes


class NotAllowedError(CityopsError):
    """The act may not be done now; `denied` says which would be, and who may."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.reason_en.rstrip("."))
        self.denied = denied


class NotThereError(CityopsError):
    """What an act names is not there: a unit, a standard, another case, a file."""


class BeyondError(CityopsError):
    """A case in a region that is not of who reports it."""

    def __init__(self, region_code: str) -> None:
        super().__init__(f"region: {region_code} lies outside your area; report what lies in it")
        self.region_code = region_code


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts: as the judge knows him, and as the audit does."""

    asker: Asker
    actor: Actor

    @classmethod
    def of(cls, subject: Subject, actor: Actor) -> "Who":
        """Return somebody who is signed in."""
        return cls(Asker(subject.name, subject.role, subject.scope), actor)


PLATFORM = Who(Asker("cityops jobs", None), command_line("cityops jobs"))
"""The platform itself, which resumes, archives and supervises; no account can have this name."""


@dataclass(frozen=True, slots=True)
class Order:
    """An act as it is asked for: one message's worth of data; `evidence` are digests of files, `into` a case."""

    act: Act
    unit: Unit | None = None
    reason: str | None = None
    text: str | None = None
    evidence: tuple[str, ...] = ()
    standard: str | None = None
    condition: str | None = None
    until: datetime | None = None
    into: int | None = None
    granted: bool | None = None
    solved: bool | None = None
    """What whoever reported it says when he is asked; None: he was not. Read by `cityops.store.events.rates`."""
    satisfied: bool | None = None
    token: str | None = None
    """Chosen by who sends it: the same act again under it is done once."""
    step: Supervision | None = None
    """The rung of the ladder on which the platform supervises."""


ASKING = (Act.CONTACT, Act.FEED_BACK, Act.CHECK, Act.CLOSE)
"""Acts with which it can be told what whoever reported the case says of it."""


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A new case as somebody here reports it: at the desk, on a phone, from an alarm. Times have a time zone."""

    class_code: str
    title: str
    description: str
    region_code: str
    severity: Severity = Severity.NORMAL
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    occurred_at: datetime | None = None
    kind: CaseKind = CaseKind.CASE
    citizen: bool = False
    """Whether somebody waits for an answer."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What it came of, such as an alarm with its curve."""
    token: str | None = None
    drill: bool | None = None
    """Whether it is only played; None: as the mode that holds there says."""


def told(row: Mapping[str, Any]) -> str:
    """Return in a sentence what an act changed, and who did it when, in the city's time; without free text."""
    at: datetime = row["at"]
    moved = f": {row['from_status']} → {row['to_status']}" if row["from_status"] != row["to_status"] else ""
    to = f" to {row['asked_unit_code']}" if row["asked_unit_code"] else ""
    return (
        f"{row['actor']} ({row['role'] or 'platform'}) {row['act']}{to} at {at.astimezone(CITY_ZONE):%H:%M:%S}{moved}"
    )
