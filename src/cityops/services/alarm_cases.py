"""Makes cases of alarms, with their evidence: of one, or of a whole group, which has one case while that is open.

A case is closed by somebody, with the alarm's clearing as evidence, never by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cityops.domain.alarms import filing
from cityops.domain.alarms.course import AlarmStep
from cityops.domain.events.acts import Act
from cityops.domain.events.status import Stage
from cityops.domain.metrics import Metric
from cityops.errors import CityopsError
from cityops.services import cases
from cityops.services.accounts import AbsentError
from cityops.services.case_orders import CaseReport, Order, Who
from cityops.store import metrics
from cityops.store.alarms import handling, queries
from cityops.store.engine import WriteConnection
from cityops.store.events import standings


class UnclassedError(CityopsError):
    """It is not known what kind of case an alarm becomes; the text says which classes have one."""


def make(connection: WriteConnection, who: Who, alarm_id: int, class_code: str | None = None) -> int:
    """Report a case of an alarm and return its id; that of the case it has already, where it has one.

    Two at once get one case: the alarm is locked first.

    Raises
    ------
    AbsentError
        There is no such alarm.
    UnclassedError
        No class is named, and alarms of this kind have none of their own.
    NotAllowedError, NotThereError, BeyondError
        Who asks may not report there, or there is no such class.
    """
    if not (held := handling.locked(connection, [alarm_id])):
        raise _absent(alarm_id)
    if held[0].event_id is not None:
        return held[0].event_id
    return _reported(connection, who, [alarm_id], class_code)


def make_of_group(connection: WriteConnection, who: Who, alarm_id: int, class_code: str | None = None) -> int:
    """Have all open alarms of an alarm's group in one case and return its id: all of that rule in that district.

    Those that are kept quiet are left out, as they are in the group. Where the group has a case that is still open,
    alarms that have come since are added to it, which its history tells; where it has been closed, they become a new
    one. Two at once make one: the group's alarms are locked first, in order.

    Raises
    ------
    AbsentError, UnclassedError, NotAllowedError, NotThereError, BeyondError
        As `make`.
    """
    held = handling.locked(connection, handling.of_group(connection, alarm_id))
    if not held:
        raise _absent(alarm_id)
    known = max((one.event_id for one in held if one.event_id is not None), default=None)
    left = [one.id for one in held if one.event_id is None]
    if known is None:
        return _reported(connection, who, left, class_code)
    if not left:
        return known
    case = standings.locked(connection, known)
    if case is None or case.standing.status.stage is Stage.CLOSED:
        return _reported(connection, who, left, class_code)
    metric, alarms = _whole(connection, left)
    _link(connection, who, left, known)
    said = Order(Act.SUPPLEMENT, text=filing.added(alarms, metric))
    cases.act(connection, who, known, case.version, said)
    return known


def _absent(alarm_id: int) -> AbsentError:
    return AbsentError(f"there is no alarm {alarm_id}; the ids stand in /api/v1/alarms")


def _reported(connection: WriteConnection, who: Who, ids: Sequence[int], class_code: str | None) -> int:
    """Report a case of alarms that have none, in the name of the gravest."""
    metric, alarms = _whole(connection, ids)
    alarm = alarms[0]
    report = CaseReport(
        class_code or _class_of(alarm["alarm_class"]),
        filing.title(alarm, metric, len(alarms)),
        filing.text(alarms, metric),
        alarm["region_code"],
        filing.severity(alarm["worst_level"]),
        lon=alarm["lon"],
        lat=alarm["lat"],
        occurred_at=min(one["onset"] for one in alarms),
        drill=all(one["drill"] for one in alarms),  # one that is real makes it real
        data={"alarm": alarm["id"], "rule": alarm["rule_code"], "version": alarm["rule_version"]}
        | ({"alarms": sorted(ids)} if len(ids) > 1 else {}),
    )
    event_id = cases.report(connection, who, report)
    _link(connection, who, ids, event_id)
    return event_id


def _whole(connection: WriteConnection, ids: Sequence[int]) -> tuple[Metric | None, list[Mapping[str, Any]]]:
    """Return alarms as lists have them, the gravest first, and the metric of that."""
    alarms: list[Mapping[str, Any]] = [dict(row) for row in queries.some(connection, ids)]
    code = alarms[0]["metric"]
    return next((one for one in metrics.metrics(connection).values() if one.code == code), None), alarms


def _link(connection: WriteConnection, who: Who, ids: Sequence[int], event_id: int) -> None:
    handling.write(connection, ids, AlarmStep.CASE, who.actor.name, {"event_id": event_id}, {"event_id": event_id})


def _class_of(alarm_class: str) -> str:
    if alarm_class not in filing.CASE_CLASSES:
        known = ", ".join(sorted(filing.CASE_CLASSES))
        raise UnclassedError(f"class: name the class of the case; only alarms of {known} have one of their own")
    return filing.CASE_CLASSES[alarm_class]
