"""Acts on reports: that of a closed period is made once and kept; where its numbers have changed, a new edition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from cityops.domain.access import WHOLE_CITY
from cityops.domain.audit import Action, Actor
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.indicators.views import ViewQuestion
from cityops.domain.reports.declared import ReportDeclaration, ReportPeriod
from cityops.domain.reports.layout import LANGUAGES, laid_out
from cityops.domain.reports.snapshot import ModeTold, ReportSnapshot
from cityops.domain.reports.spans import holding
from cityops.domain.reports.views import ViewTold, reported
from cityops.errors import CityopsError
from cityops.services.accounts import AbsentError
from cityops.services.reports.composing import Composer, ReportAsked
from cityops.services.reports.webpage import html
from cityops.store.access import audit
from cityops.store.engine import WriteConnection, now_of, reading, writing
from cityops.store.indicators import reports as store
from cityops.store.indicators import views as view_store
from cityops.store.indicators.reports import ReportKey
from cityops.store.modes import modes as mode_store


class ReportError(CityopsError):
    """There is no such report to be made; the text says why, and which there are."""


@dataclass(frozen=True, slots=True)
class MadeReport:
    """What making a report came to: the kept one, or a draft that is not; `is_new` where it was not there before."""

    snapshot: ReportSnapshot
    id: int | None
    is_new: bool


def asked_of_period(declared: ReportDeclaration, region_code: str, moment: datetime) -> ReportAsked:
    """Return the question of the day or week that holds a moment.

    Raises
    ------
    ReportError
        It is a report of modes, or not made of such regions.
    """
    if declared.period is ReportPeriod.MODE:
        raise ReportError(f"period: '{declared.report}' is about a mode; name the mode")
    return ReportAsked(declared, region_code, *holding(declared.period, moment))


def asked_of_mode(connection: Connection, declared: ReportDeclaration, number: int) -> ReportAsked:
    """Return the question of a mode: from the hour in which it began to the hour in which it was over, or is now.

    Raises
    ------
    AbsentError
        There is no such mode.
    ReportError
        The report is none of modes, or of other matters than this one.
    """
    if declared.period is not ReportPeriod.MODE:
        raise ReportError(f"mode: '{declared.report}' is about a {declared.period}; name a day of it")
    row = mode_store.one(connection, number)
    if row is None:
        raise AbsentError(f"there is no mode {number}: the ids stand in /api/v1/modes")
    if declared.matters and row["matter"] not in declared.matters:
        raise ReportError(f"mode: '{declared.report}' is about {' and '.join(declared.matters)}, not {row['matter']}")
    zh, en = ("【演练】", "[Drill] ") if row["drill"] else ("", "")
    told = ModeTold(id=number, zh=zh + row["title_zh"], en=en + row["title_en"], reason=row["reason"])
    start, running = Grain.HOUR.floor(row["since"]), Grain.HOUR.floor(now_of(connection))
    end = Grain.HOUR.ceiling(row["ended_at"]) if row["ended_at"] else Grain.HOUR.shifted(running, 1)
    return ReportAsked(declared, row["region_code"], start, max(end, Grain.HOUR.shifted(start, 1)), told)


def asked_of_view(connection: Connection, login: str, number: int) -> ReportAsked:
    """Return the question of a view that somebody sees; what goes along with the clock ends with what is closed.

    Raises
    ------
    AbsentError
        They see no such view.
    ReportError
        There is no report of it.
    """
    row = view_store.one(connection, login, number)
    if row is None:
        raise AbsentError(f"there is no view {number}: the ids stand in /api/v1/views")
    question, now = ViewQuestion.model_validate(row["question"]), now_of(connection)
    composer = Composer(connection, now)
    view = ViewTold(number, row["name"], question, composer.regions[question.region].level)
    try:
        declared = reported(view, composer.indicators, now)
    except RefusedQuestionError as error:
        raise ReportError(str(error).removesuffix(".")) from error
    return ReportAsked(declared, question.region, *view.span(now))


def composed(engine: Engine, asked: ReportAsked, now: datetime | None = None) -> ReportSnapshot:
    """Return the numbers of a report as of now; sums and means, as a series tells them to all.

    Raises
    ------
    ReportError
        The report is not made of such regions, or its period lies ahead.
    """
    with reading(engine, WHOLE_CITY) as connection:
        at = now or now_of(connection)
        composer = Composer(connection, at)
        codes = composer.regions_of(asked.declared.levels)
        if asked.region_code not in codes:
            of = " and ".join(asked.declared.levels)
            raise ReportError(f"region: '{asked.declared.report}' is of a {of}, and {asked.region_code} is none")
        if asked.start > at:
            raise ReportError(f"day: the period begins at {asked.start.isoformat()}, and lies ahead")
        return composer.compose(asked)


def make(engine: Engine, actor: Actor, asked: ReportAsked, now: datetime | None = None) -> MadeReport:
    """Make a report: of a closed period kept, a new edition where numbers have changed; any other one is a draft.

    The actor's scope must hold its region. Two that make it at once make it once.

    Raises
    ------
    ReportError
        It cannot be made.
    """
    snapshot = composed(engine, asked, now)
    if not snapshot.finished:
        return MadeReport(snapshot, None, is_new=False)
    with writing(engine, actor.scope or WHOLE_CITY) as connection:
        return keep(connection, actor, snapshot)


def keep(connection: WriteConnection, actor: Actor, snapshot: ReportSnapshot) -> MadeReport:
    """Keep a report of a closed period, unless one with the same numbers is kept already."""
    key = ReportKey(snapshot.declared.report, snapshot.region.code, snapshot.start, snapshot.end)
    before = store.newest(connection, key)
    if before is not None:
        told = ReportSnapshot.read(before["numbers"])
        snapshot = snapshot.next_edition(told)
        if not snapshot.corrections:
            return MadeReport(told, before["id"], is_new=False)
    papers = {lang: laid_out(snapshot, lang) for lang in LANGUAGES}
    titles = (papers["zh"].title, papers["en"].title)
    said = (snapshot.text(), snapshot.edition, snapshot.made_at, actor.name)
    number = store.add(connection, key, titles, *said, rendered(snapshot))
    if number is None:  # somebody was first
        kept = store.newest(connection, key)
        assert kept is not None
        return MadeReport(ReportSnapshot.read(kept["numbers"]), kept["id"], is_new=False)
    detail = {"kind": key.kind, "region": key.region_code, "start": key.start, "end": key.end}
    detail |= {"edition": snapshot.edition, "corrections": len(snapshot.corrections)}
    audit.record(connection, actor, Action.REPORT_MAKE, f"report {number}", detail=detail)
    return MadeReport(snapshot, number, is_new=True)


def rendered(snapshot: ReportSnapshot) -> Mapping[tuple[str, str], bytes]:
    """Return the files of a report by language and format; the same numbers give the same bytes."""
    from cityops.services.reports.word import docx  # python-docx and lxml are 6 MB that few requests need

    papers = {lang: laid_out(snapshot, lang) for lang in LANGUAGES}
    written = {"html": html, "docx": docx}
    return {(lang, form): write(paper) for lang, paper in papers.items() for form, write in written.items()}
