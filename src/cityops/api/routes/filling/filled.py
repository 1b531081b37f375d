"""Sheets over HTTP: looked at, saved, submitted, returned and approved by who may."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from cityops.api import problems, schemas
from cityops.api.access.actors import actor_of
from cityops.api.access.door import needs
from cityops.api.connections import Reads, Writes
from cityops.api.routes.filling import shapes
from cityops.api.routes.filling.forms import due_out
from cityops.api.routes.filling.named import AskedForm, FormCode, RegionPath, StartPath, sheet_asked
from cityops.api.routes.filling.prefilled import KnownFigures, Prefilling
from cityops.clock import utc_now
from cityops.domain.access import WHOLE_CITY, Permission, Subject
from cityops.domain.filling.blanks import CellFault, FieldAnswer
from cityops.domain.filling.forms import Blank, parts_of
from cityops.domain.filling.review import FillingError, SheetAct, SheetState, possible
from cityops.services.indicators import filling as acts
from cityops.services.indicators.filling import AskedSheet
from cityops.store.engine import reading
from cityops.store.indicators import filling as store
from cityops.store.indicators.filling import KeptSheet, SetCell

router = APIRouter(prefix="/sheets")
_PATH = "/{form}/{region}/{start}"
_ACTS = problems.documented(400, 404, 409, 422, 503)
_Filler = Annotated[Subject, needs(Permission.FORM_FILL)]
_Reviewer = Annotated[Subject, needs(Permission.FORM_REVIEW)]


@router.get(_PATH, responses=problems.documented(404, 422, 503))
def get_sheet(
    subject: _Filler,
    request: Request,
    reads: Reads,
    form: FormCode,
    region: RegionPath,
    start: StartPath,
    _: Annotated[schemas.Query, Query()],
) -> shapes.SheetOut:
    """Give a sheet: its cells with what is known of them already, what keeps it from being submitted, its history."""
    asked, sheet = sheet_asked(request.app.state.city, subject, form, region, start)
    known = known_of(request, asked, [region])
    with reads(subject) as connection:
        return _told(connection, subject, asked, sheet, known)


@router.put(_PATH, responses=_ACTS)
def save_sheet(
    subject: _Filler,
    request: Request,
    writes: Writes,
    form: FormCode,
    region: RegionPath,
    start: StartPath,
    body: shapes.SheetSaved,
) -> shapes.SheetOut:
    """Keep what was filled in as a draft, and with `submit` hand it to the reviewer: both, or neither.

    A value equal to the figure that stood there is noted as taken from there. An approved sheet that is saved anew is
    a correction: approved again, what differs becomes a further revision.
    """
    asked, sheet = sheet_asked(request.app.state.city, subject, form, region, start)
    known = known_of(request, asked, [region])
    answers = {one.indicator: one.answer() for one in body.answers}
    with told_faults(), writes(subject) as connection:
        actor, version = actor_of(request), body.version
        if answers or not body.submit:
            saved = acts.save(connection, actor, sheet, version, answers, known.offers[region])
            version = saved.version
        if body.submit:
            acts.submit(connection, actor, sheet, version)
        return _told(connection, subject, asked, sheet, known)


@router.post(f"{_PATH}/return", responses=_ACTS)
def return_sheet(
    subject: _Reviewer,
    request: Request,
    writes: Writes,
    form: FormCode,
    region: RegionPath,
    start: StartPath,
    body: shapes.SheetReturned,
) -> shapes.SheetOut:
    """Return a submitted sheet to who filled it in, and say why."""
    asked, sheet = sheet_asked(request.app.state.city, subject, form, region, start)
    known = known_of(request, asked, [region])
    with writes(subject) as connection:
        acts.give_back(connection, actor_of(request), sheet, body.version, body.reason)
        return _told(connection, subject, asked, sheet, known)


@router.post(f"{_PATH}/approve", responses=_ACTS)
def approve_sheet(
    subject: _Reviewer,
    request: Request,
    writes: Writes,
    form: FormCode,
    region: RegionPath,
    start: StartPath,
    body: shapes.SheetSeen,
) -> shapes.SheetOut:
    """Approve a submitted sheet: from now on its values are those of the indicators. Nobody approves their own."""
    asked, sheet = sheet_asked(request.app.state.city, subject, form, region, start)
    known = known_of(request, asked, [region])
    with told_faults(), writes(subject) as connection:
        acts.approve(connection, actor_of(request), sheet, body.version)
        return _told(connection, subject, asked, sheet, known)


def known_of(request: Request, asked: AskedForm, regions: list[str]) -> KnownFigures:
    """Return what is known of regions beforehand: read whole, since they were found to be of the asker's area."""
    city = request.app.state.city
    with reading(city.engine, WHOLE_CITY) as connection:
        return Prefilling(connection, city, asked.forms, asked.form, asked.start).known(regions)


@contextmanager
def told_faults() -> Iterator[None]:
    """Make of refused cells a problem that names each of them."""
    try:
        yield
    except FillingError as error:
        if not error.faults:
            raise
        raise problems.ProblemError(422, f"{error}.", [_named(one) for one in error.faults]) from error


def _named(fault: CellFault) -> dict[str, str | int]:
    item, _, reason = str(fault).partition(": ")
    bounds = {name: "" if (at := getattr(fault, name)) is None else f"{at:,.12g}" for name in ("low", "high")}
    return {"item": item, "reason": reason, "kind": fault.kind.value, **bounds}


def _told(
    connection: Connection, subject: Subject, asked: AskedForm, sheet: AskedSheet, known: KnownFigures
) -> shapes.SheetOut:
    kept = store.one(connection, sheet.key)
    cells = store.cells(connection, [kept.id]).get(kept.id, {}) if kept else {}
    answers = store.answers(cells)
    approved = acts.approved(connection, kept) if kept else {}
    done = store.acts(connection, kept.id) if kept else []
    now, told = utc_now(), answers.items()
    due = due_out(asked.form, sheet.key.region, asked.period(connection), kept, now)
    return shapes.SheetOut(
        **due.model_dump(),
        cells=_cells(sheet, cells, known, approved),
        reasons=[shapes.FieldReason(indicator=code, reason=one.reason) for code, one in told if one.reason],
        faults=[_fault_out(one) for one in acts.faults_of(sheet, answers, approved)],
        acts=[shapes.SheetActOut(**one) for one in done],
        may=may(subject, kept, acts.fillers_of(done)),
    )


def _cells(
    sheet: AskedSheet, cells: dict[Blank, SetCell], known: KnownFigures, approved: Mapping[str, FieldAnswer]
) -> list[shapes.FilledCell]:
    found = []
    for code in sheet.form.fields:
        for part in parts_of(sheet.indicators[code]):
            blank = Blank(code, part)
            cell, offer = cells.get(blank), known.offers[sheet.key.region].get(blank)
            found.append(
                shapes.FilledCell(
                    indicator=code,
                    part=part,
                    value=cell.value if cell else None,
                    origin=cell.origin if cell else None,
                    offered=offer.value if offer else None,
                    offered_from=offer.origin if offer else None,
                    previous=known.previous[sheet.key.region].get(blank),
                    approved=approved[code].of(part) if code in approved else None,
                )
            )
    return found


def _fault_out(fault: CellFault) -> shapes.CellFaultOut:
    told = {name: getattr(fault, name) for name in ("indicator", "part", "kind", "low", "high")}
    return shapes.CellFaultOut(**told, words=str(fault))


def may(subject: Subject, kept: KeptSheet | None, fillers: list[str]) -> list[SheetAct]:
    """Return what somebody may do with a sheet now."""
    found = []
    for act in possible(kept.state if kept else SheetState.OPEN):
        is_filling = act in {SheetAct.SAVE, SheetAct.SUBMIT}
        own = act is SheetAct.APPROVE and subject.name in fillers
        if subject.may(Permission.FORM_FILL if is_filling else Permission.FORM_REVIEW) and not own:
            found.append(act)
    return found
