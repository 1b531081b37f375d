"""Asks the API what the data page's choice means: a table for each indicator, its definition and the data's age."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from cityops.client import Client
from cityops_dashboards.pages.data.choice import Choice, regions_of
from cityops_dashboards.pages.data.fits import catalogue
from cityops_dashboards.texts import unit

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class IndicatorAnswer:
    """The answer for one indicator: its declaration as the API gives it, and its series."""

    indicator: Mapping[Any, Any]
    table: pd.DataFrame
    as_of: datetime | None
    """Time of the newest reading or case in the chosen region, whatever the period."""
    freshness: str
    cadence_s: int
    targets: Sequence[Mapping[str, Any]] = ()
    """What policy wants of it, in whatever region, as the API tells it."""
    usual: pd.DataFrame | None = None
    """Hour by hour what is usual, where one region is asked for; flags and forecast in its `attrs`."""

    def unit(self, lang: str) -> str:
        """Return the unit; those that are words of a language are put into the page's."""
        return unit(lang, str(self.indicator["unit"]))

    @property
    def missing(self) -> int:
        """Number of buckets in which devices owed readings, or sources values, and none came."""
        owed = self.table["coverage"].notna()
        if self.indicator.get("kind") in FROM_OUTSIDE:
            owed = self.table["finished"].astype(bool) & self.table["region_code"].isin(self.with_values)
        return int((self.table["value"].isna() & owed).sum())

    @property
    def with_values(self) -> list[str]:
        """Codes of the regions that have a value."""
        return [*self.newest]

    @property
    def newest_period(self) -> tuple[datetime, datetime] | None:
        """Beginning and end of the newest bucket with a value; None where there is none."""
        known = self.table[self.table["value"].notna()]
        if known.empty:
            return None
        last = known[known["start"] == known["start"].max()]
        return last["start"].iloc[0], last["end"].iloc[0]

    @property
    def is_ahead(self) -> bool:
        """Whether the whole period lies ahead: nothing can have come, and nothing is owed."""
        as_of = datetime.fromisoformat(self.table.attrs["as_of"])
        return bool(self.table.empty or self.table["start"].min() > as_of)

    @property
    def is_running(self) -> bool:
        """Whether a bucket with a value is not over yet."""
        return bool((self.table["value"].notna() & ~self.table["finished"].astype(bool)).any())

    @property
    def present(self) -> pd.DataFrame:
        """The rows of the regions that have devices for the indicator, or cases."""
        owed = self.table["coverage"].notna() | self.table["value"].notna()
        regions = self.table.loc[owed, "region_code"].unique()
        return self.table[self.table["region_code"].isin(regions)]

    @property
    def newest(self) -> dict[str, float]:
        """The last value of each region that has one, by its code."""
        known = self.table[self.table["value"].notna()]
        return {str(code): float(one["value"].iloc[-1]) for code, one in known.groupby("region_code", sort=False)}

    @property
    def last_finished(self) -> pd.DataFrame:
        """The rows of the last period that is over and of which any region has a value; none where there is none."""
        over = self.table[self.table["finished"].astype(bool)]
        newest = over.loc[over["value"].notna(), "start"].max()
        last: pd.DataFrame = over[over["start"] == newest]
        return last

    @property
    def coverage(self) -> float | None:
        """Mean coverage over the buckets for which devices owe readings, 0 to 1."""
        mean = self.table["coverage"].mean()
        return None if pd.isna(mean) else float(mean)


FROM_OUTSIDE = {"pushed", "filled"}
"""Kinds of indicators whose values come from outside, a value for each period."""

COUNTED = {"cases", "alarms"}


def ask(client: Client, choice: Choice) -> list[IndicatorAnswer]:
    """Return the answer's parts in the order of the chosen indicators.

    Raises
    ------
    ApiError
        The API refuses, or does not answer.
    """
    with ThreadPoolExecutor(len(choice.indicators) * 2 + 3) as pool:
        tables = [_at_once(pool, _series, client, choice, code) for code in choice.indicators]
        bands = {code: _at_once(pool, _usual, client, choice, code) for code in _with_band(choice)}
        state, declared = _at_once(pool, client.state, choice.region), _at_once(pool, client.indicators)
        targets = _at_once(pool, client.targets)
        every = declared.result().to_dict("index")
        return [
            IndicatorAnswer(
                every[code],
                table.result(),
                *_age(state.result(), code, every[code]["kind"]),
                [one for one in targets.result() if one["indicator"] == code],
                bands[code].result() if code in bands else None,
            )
            for code, table in zip(choice.indicators, tables, strict=True)
        ]


def _at_once(pool: Executor, question: Callable[..., Answer], *given: Any) -> "Future[Answer]":
    """Ask in another thread, as whoever asks here: the client shows the credential of this context."""
    return pool.submit(copy_context().run, partial(question, *given))


def _with_band(choice: Choice) -> list[str]:
    """Return the indicators of which it is known what is usual: those of readings."""
    if not choice.has_band:
        return []
    return [code for code in choice.indicators if catalogue()[code].metric is not None]


def _usual(client: Client, choice: Choice, indicator: str) -> pd.DataFrame:
    [region] = regions_of(choice)
    return client.baselines(indicator, region=region.code, start=choice.start, end=choice.end)


def _series(client: Client, choice: Choice, indicator: str) -> pd.DataFrame:
    return client.series(
        indicator,
        region=choice.region,
        level=choice.level,
        interval=choice.interval,
        start=choice.start,
        end=choice.end,
        compare=choice.against,
        only=choice.only or None,
    )


def _age(state: Mapping[str, Any], code: str, kind: str) -> tuple[datetime | None, str, int]:
    metrics = {one["code"]: one for one in state["metrics"]}
    if code in metrics:
        metric = metrics[code]
        return _time(metric["as_of"]), metric["freshness"], metric["expected_interval_s"] or 0
    return _time(state["events"]["as_of"]) if kind in COUNTED else None, "fresh", 0


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
