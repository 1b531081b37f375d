"""Makes a case of an alarm, with the alarm's evidence: where, how bad, since when, by which rule; one for each."""

from cityops.domain.alarms import filing
from cityops.domain.alarms.course import AlarmStep
from cityops.errors import CityopsError
from cityops.services import cases
from cityops.services.accounts import AbsentError
from cityops.services.case_orders import CaseReport, Who
from cityops.store import metrics
from cityops.store.alarms import handling, queries
from cityops.store.engine import WriteConnection


class UnclassedError(CityopsError):
    """It is not known what kind of case an alarm becomes; the text says which classes have one."""


def make(connection: WriteConnection, who: Who, alarm_id: int, class_code: str | None = None) -> int:
    """Report a case of an alarm and return its id; that of the case it has already, where it has one.

    Two at once get one case: the alarm is locked first. The case is closed by somebody, with the alarm's clearing as
    evidence, never by it.

    Raises
    ------
    AbsentError
        There is no such alarm.
    UnclassedError
        No class is named, and alarms of this kind have none of their own.
    NotAllowedError, NotThereError, BeyondError
        Who asks may not report there, or there is no such class.
    """
    if not (held := handling.locked(connection, [alarm_id])) or (found := queries.one(connection, alarm_id)) is None:
        raise AbsentError(f"there is no alarm {alarm_id}; the ids stand in /api/v1/alarms")
    if held[0].event_id is not None:
        return held[0].event_id
    alarm = dict(found[0])
    metric = next((one for one in metrics.metrics(connection).values() if one.code == alarm["metric"]), None)
    report = CaseReport(
        class_code or _class_of(alarm["alarm_class"]),
        filing.title(alarm, metric),
        filing.text(alarm, metric),
        alarm["region_code"],
        filing.severity(alarm["worst_level"]),
        lon=alarm["lon"],
        lat=alarm["lat"],
        occurred_at=alarm["onset"],
        data={"alarm": alarm_id, "rule": alarm["rule_code"], "version": alarm["rule_version"]},
    )
    event_id = cases.report(connection, who, report)
    handling.write(
        connection, [alarm_id], AlarmStep.CASE, who.actor.name, {"event_id": event_id}, {"event_id": event_id}
    )
    return event_id


def _class_of(alarm_class: str) -> str:
    if alarm_class not in filing.CASE_CLASSES:
        known = ", ".join(sorted(filing.CASE_CLASSES))
        raise UnclassedError(f"class: name the class of the case; only alarms of {known} have one of their own")
    return filing.CASE_CLASSES[alarm_class]
