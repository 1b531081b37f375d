"""Reads and keeps the register of datasets: by page, one, counted, restricted; written by imports alone."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, any_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from cityops.domain.resources.datasets import Cadence, CrossBorder, Dataset, Sharing
from cityops.store import tables
from cityops.store.engine import WriteConnection

_dataset = tables.dataset.c
_SHOWN = tuple(one for one in _dataset if one.name != "registered_at")


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """Which datasets are wanted; None does not filter."""

    text: str | None = None
    """Part of a name, the beginning of a code."""
    provider: str | None = None
    theme: str | None = None
    sharing: Sharing | None = None
    cross_border: CrossBorder | None = None
    indicator: str | None = None
    overdue_at: datetime | None = None
    """Those whose last exchange lies further back at this moment than their cadence allows."""


def page(connection: Connection, wanted: DatasetFilter, after: str, limit: int) -> Sequence[RowMapping]:
    """Return the datasets whose code follows `after`, in order of code."""
    statement = select(*_SHOWN).where(_dataset.code > after, *_conditions(wanted))
    return connection.execute(statement.order_by(_dataset.code).limit(limit)).mappings().all()


def count(connection: Connection, wanted: DatasetFilter) -> int:
    """Return how many datasets pass."""
    statement = select(func.count()).select_from(tables.dataset).where(*_conditions(wanted))
    return connection.execute(statement).scalar_one()


def one(connection: Connection, code: str) -> RowMapping | None:
    """Return one dataset, None where the code is not registered."""
    return connection.execute(select(*_SHOWN).where(_dataset.code == code)).mappings().one_or_none()


def tallies(connection: Connection, now: datetime) -> RowMapping:
    """Count datasets, units, themes, rows, and the datasets that are restricted, overdue, or never were exchanged."""
    statement = select(
        func.count().label("datasets"),
        func.count(func.distinct(_dataset.provider_code)).label("units"),
        func.count(func.distinct(_dataset.theme)).label("themes"),
        func.coalesce(func.sum(_dataset.row_count), 0).label("rows"),
        func.count().filter(_dataset.cross_border == CrossBorder.RESTRICTED.value).label("restricted"),
        func.count().filter(_overdue(now)).label("overdue"),
        func.count().filter(_dataset.last_exchange.is_(None)).label("never"),
        *(func.count().filter(_dataset.sharing == one.value).label(f"sharing_{one.value}") for one in Sharing),
    )
    return connection.execute(statement).mappings().one()


def themes(connection: Connection) -> Sequence[RowMapping]:
    """Return the themes with how many datasets each has, the largest first."""
    number = func.count().label("datasets")
    statement = select(_dataset.theme, number).group_by(_dataset.theme).order_by(number.desc(), _dataset.theme)
    return connection.execute(statement).mappings().all()


def providers(connection: Connection) -> Sequence[RowMapping]:
    """Return the units that provide datasets with how many each has, in order of code."""
    names = (func.min(_dataset[f"provider_{lang}"]).label(f"name_{lang}") for lang in ("zh", "en"))
    statement = select(_dataset.provider_code.label("code"), *names, func.count().label("datasets"))
    grouped = statement.group_by(_dataset.provider_code).order_by(_dataset.provider_code)
    return connection.execute(grouped).mappings().all()


def of_indicators(connection: Connection) -> dict[str, list[str]]:
    """Return by indicator the codes of the datasets from which it comes."""
    statement = select(_dataset.code, _dataset.indicators).where(func.cardinality(_dataset.indicators) > 0)
    found: dict[str, list[str]] = {}
    for code, indicators in connection.execute(statement.order_by(_dataset.code)):
        for indicator in indicators:
            found.setdefault(indicator, []).append(code)
    return found


def restricted(connection: Connection, indicators: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Return the names of restricted datasets of these indicators, or which these source systems fill."""
    statement = select(_dataset.name_zh).where(
        _dataset.cross_border == CrossBorder.RESTRICTED.value,
        or_(_dataset.indicators.overlap(list(indicators)), _dataset.source_system_code.in_(list(sources))),
    )
    return list(connection.scalars(statement.order_by(_dataset.code)))


def keep(connection: WriteConnection, datasets: Iterable[Dataset]) -> tuple[int, int]:
    """Register datasets, those that are known with what is new of them; return how many are added and changed."""
    rows = [asdict(one) | {"indicators": list(one.indicators)} for one in datasets]
    before = {row["code"]: dict(row) for row in connection.execute(select(*_SHOWN)).mappings()}
    added = sum(row["code"] not in before for row in rows)
    differing = [row for row in rows if before.get(row["code"]) != row]
    if differing:
        statement = insert(tables.dataset)
        taken = {name: statement.excluded[name] for name in differing[0] if name != "code"}
        connection.execute(statement.on_conflict_do_update(index_elements=["code"], set_=taken), differing)
    return added, len(differing) - added


def _conditions(wanted: DatasetFilter) -> list[ColumnElement[bool]]:
    equal = {
        "provider_code": wanted.provider,
        "theme": wanted.theme,
        "sharing": wanted.sharing,
        "cross_border": wanted.cross_border,
    }
    found: list[ColumnElement[bool]] = [_dataset[name] == value for name, value in equal.items() if value is not None]
    if wanted.text:
        inside = (one.icontains(wanted.text, autoescape=True) for one in (_dataset.name_zh, _dataset.name_en))
        found.append(or_(*inside, _dataset.code.startswith(wanted.text, autoescape=True)))
    if wanted.indicator is not None:
        found.append(any_(_dataset.indicators) == wanted.indicator)
    if wanted.overdue_at is not None:
        found.append(_overdue(wanted.overdue_at))
    return found


def _overdue(now: datetime) -> ColumnElement[bool]:
    return or_(
        *(
            (_dataset.cadence == one.value) & (_dataset.last_exchange < now - one.longest)
            for one in Cadence
            if one.longest is not None
        )
    )
