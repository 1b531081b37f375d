"""Acts on sheets (在线填报): saved, submitted, returned, approved into values; checked and audited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cityops.domain.audit import Action, Actor
from cityops.domain.filling.blanks import EMPTY_ANSWER, HARD, MOST_TEXT, CellFault, FieldAnswer, judged, told_value
from cityops.domain.filling.forms import Blank, CellPart, FillingForm, parts_of
from cityops.domain.filling.review import (
    FillingError,
    SheetAct,
    SheetStandsError,
    check_reviewer,
    moved,
)
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.revisions import IndicatorReport
from cityops.domain.intervals import CITY_ZONE
from cityops.services.accounts import AbsentError
from cityops.store.access import audit
from cityops.store.engine import WriteConnection, now_of, see_all
from cityops.store.indicators import filling as store
from cityops.store.indicators.filling import KeptSheet, SetCell, SheetKey

TYPED, FROM_FILE = "typed", "file"


@dataclass(frozen=True)
class AskedSheet:
    """A sheet that is acted on: which one, of which form, for which period, and what its indicators declare."""

    key: SheetKey
    form: FillingForm
    end: datetime
    indicators: Mapping[str, IndicatorDeclaration]


@dataclass(frozen=True, slots=True)
class OfferedFigure:
    """A figure that stands in a cell before anybody fills it in, and where it comes from."""

    value: float
    origin: str


Offers = Mapping[Blank, OfferedFigure]


def save(
    connection: WriteConnection,
    actor: Actor,
    asked: AskedSheet,
    version: int,
    answers: Mapping[str, FieldAnswer],
    offers: Offers,
    typed: str = TYPED,
) -> KeptSheet:
    """Keep what was filled in as a draft; cells that are as they were stay so. Begins the sheet where there is none.

    Raises
    ------
    SheetStandsError
        It is with the reviewer, or somebody else has changed it since `version`.
    FillingError
        A field is not of the form, or a value is one that cannot be; each is named.
    """
    store.begin(connection, asked.key, asked.form.owner, asked.end)
    sheet = _held(connection, asked.key, version)
    state = moved(sheet.state, SheetAct.SAVE)
    before = store.cells(connection, [sheet.id]).get(sheet.id, {})
    _check_fields(asked, answers, store.answers(before))
    cells = [cell for code, one in answers.items() for cell in _set(asked, code, one, before, offers, typed)]
    store.move(connection, sheet, state, SheetAct.SAVE, actor.name, None, cells)
    if typed == FROM_FILE:
        audit.record(connection, actor, Action.FORM_IMPORT, _named(asked.key), detail={"cells": len(cells)})
    return _again(connection, asked.key)


def submit(connection: WriteConnection, actor: Actor, asked: AskedSheet, version: int) -> KeptSheet:
    """Hand a sheet to the reviewer.

    Raises
    ------
    AbsentError
        Nobody has begun it.
    SheetStandsError
        It is submitted or approved already, or somebody has changed it since.
    FillingError
        A cell is missing, or lacks a reason; each is named.
    """
    sheet = _held(connection, asked.key, version)
    state = moved(sheet.state, SheetAct.SUBMIT)
    if faults := faults_of(asked, _answered(connection, sheet), approved(connection, sheet)):
        raise FillingError("cells: some are not as they should be", faults)
    store.move(connection, sheet, state, SheetAct.SUBMIT, actor.name)
    audit.record(connection, actor, Action.FORM_SUBMIT, _named(asked.key))
    return _again(connection, asked.key)


def give_back(connection: WriteConnection, actor: Actor, asked: AskedSheet, version: int, reason: str) -> KeptSheet:
    """Return a sheet to who filled it in, and say why.

    Raises
    ------
    AbsentError, SheetStandsError
        There is none, or it is not with the reviewer.
    """
    sheet = _held(connection, asked.key, version)
    state = moved(sheet.state, SheetAct.RETURN)
    store.move(connection, sheet, state, SheetAct.RETURN, actor.name, reason)
    audit.record(connection, actor, Action.FORM_RETURN, _named(asked.key), detail={"why": reason})
    return _again(connection, asked.key)


def approve(connection: WriteConnection, actor: Actor, asked: AskedSheet, version: int) -> KeptSheet:
    """Put what a sheet says in force: each value that is new, or other than before, is a revision of its indicator.

    Raises
    ------
    AbsentError, SheetStandsError
        There is none, or it is not with the reviewer.
    OwnSheetError
        It was filled in by who would approve it.
    FillingError
        By what is declared now, a cell is not as it should be; it is to be returned.
    """
    sheet = _held(connection, asked.key, version)
    state = moved(sheet.state, SheetAct.APPROVE)
    acts = store.acts(connection, sheet.id)
    fillers = fillers_of(acts)
    check_reviewer(actor.name, fillers)
    before, answers = approved(connection, sheet), _answered(connection, sheet)
    if faults := faults_of(asked, answers, before):
        raise FillingError("cells: some are not as they should be; return the sheet", faults)
    store.move(connection, sheet, state, SheetAct.APPROVE, actor.name)
    changed = [code for code in asked.form.fields if code not in before or _differs(answers[code], before[code])]
    audit.record(connection, actor, Action.FORM_APPROVE, _named(asked.key), detail={"values": len(changed)})
    see_all(connection)  # a department reviews what no area of its own holds; it was seen and judged above
    newest = store.revisions(connection, asked.key, asked.end)
    reports = [
        _report(asked, code, answers[code], newest.get(code, -1) + 1, fillers[0], now_of(connection))
        for code in changed
    ]
    store.put_in_force(connection, reports)
    return _again(connection, asked.key)


def fillers_of(acts: Sequence[Any]) -> list[str]:
    """Return who has filled in a sheet since it was approved last, the latest first; `acts` are the newest first."""
    found: dict[str, None] = {}
    for one in acts:
        if one["act"] == SheetAct.APPROVE:
            break
        if one["act"] in {SheetAct.SAVE, SheetAct.SUBMIT}:
            found.setdefault(one["by"])
    return [*found]


def approved(connection: Connection, sheet: KeptSheet) -> dict[str, FieldAnswer]:
    """Return as what a sheet was approved last, field by field; nothing where it never was."""
    versions = [one["version"] for one in store.acts(connection, sheet.id) if one["act"] == SheetAct.APPROVE]
    if not versions:
        return {}
    return store.answers(store.cells(connection, [sheet.id], before=versions[0]).get(sheet.id, {}))


def faults_of(
    asked: AskedSheet, answers: Mapping[str, FieldAnswer], before: Mapping[str, FieldAnswer]
) -> list[CellFault]:
    """Return all that is wrong with what was filled in, in the order of the form."""
    return [
        fault
        for code, one in asked.form.fields.items()
        for fault in judged(code, one, asked.indicators[code], answers.get(code, EMPTY_ANSWER), before.get(code))
    ]


def _held(connection: WriteConnection, key: SheetKey, version: int) -> KeptSheet:
    sheet = store.one(connection, key, lock=True)
    if sheet is None:
        raise AbsentError(f"there is no sheet {_named(key)}: nobody has begun it, or it is of another area")
    if sheet.version != version:
        words = f"version: {version} was seen, and the sheet is at {sheet.version}; somebody was first, look again"
        raise SheetStandsError(words)
    return sheet


def _again(connection: WriteConnection, key: SheetKey) -> KeptSheet:
    sheet = store.one(connection, key)
    assert sheet is not None
    return sheet


def _answered(connection: WriteConnection, sheet: KeptSheet) -> dict[str, FieldAnswer]:
    return store.answers(store.cells(connection, [sheet.id]).get(sheet.id, {}))


def _check_fields(asked: AskedSheet, answers: Mapping[str, FieldAnswer], before: Mapping[str, FieldAnswer]) -> None:
    faults: list[CellFault] = []
    for code, one in answers.items():
        field = asked.form.fields.get(code)
        if field is None:
            raise FillingError(f"{code}: is no field of {asked.form.form}, which has {', '.join(asked.form.fields)}")
        parts = parts_of(asked.indicators[code])
        if strange := [part for part in one.parts if part not in parts]:
            raise FillingError(f"{code}.{strange[0]}: is no part of it, which has {' and '.join(parts)}")
        whole = FieldAnswer({**before.get(code, EMPTY_ANSWER).parts, **one.parts}, one.reason)
        faults += [found for found in judged(code, field, asked.indicators[code], whole) if found.kind in HARD]
    if faults:
        raise FillingError("cells: some cannot be", faults)


def _set(
    asked: AskedSheet,
    code: str,
    answer: FieldAnswer,
    before: Mapping[Blank, SetCell],
    offers: Offers,
    typed: str,
) -> list[SetCell]:
    """Return the cells of a field that differ from before."""
    found = []
    for part in parts_of(asked.indicators[code]):
        if part not in answer.parts:
            continue
        blank, value = Blank(code, part), answer.of(part)
        offer, kept = offers.get(blank), before.get(blank)
        reason = answer.reason.strip()[:MOST_TEXT]
        if kept is not None and kept.value == value and kept.reason == reason:
            continue
        origin = offer.origin if offer is not None and offer.value == value else typed
        found.append(SetCell(blank, value, reason, origin, None if offer is None else offer.value))
    return found


def _differs(one: FieldAnswer, other: FieldAnswer) -> bool:
    return any(one.of(part) != other.of(part) for part in CellPart)


def _report(
    asked: AskedSheet, code: str, answer: FieldAnswer, revision: int, by: str, now: datetime
) -> IndicatorReport:
    declared = asked.indicators[code]
    day = asked.key.start.astimezone(CITY_ZONE).date()
    return IndicatorReport(
        indicator_code=code,
        region_code=asked.key.region,
        period_start=asked.key.start,
        period_end=asked.end,
        source_system_code=store.SOURCE,
        revision=revision,
        value=told_value(declared, answer),
        numerator=answer.of(CellPart.NUMERATOR),
        denominator=answer.of(CellPart.DENOMINATOR),
        quality=0,
        coverage=None,
        definition_version=declared.defined(day).version,
        by=by,
        reason=answer.reason or None,
        received_at=now,
    )


def _named(key: SheetKey) -> str:
    return f"{key.form} {key.region} {key.start.astimezone(CITY_ZONE):%Y-%m-%d}"
