"""Asks the API what the data page's choice means: a table for each indicator, its definition and the data's age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from cityops.client import Client
from cityops_dashboards.pages.data.choice import Choice
from cityops_dashboards.texts import catalogue


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

    def unit(self, lang: str) -> str:
        """Return the unit; those that are words of a language are put into the page's."""
        unit = str(self.indicator["unit"])
        return catalogue(lang).get(f"data.unit.{unit}", unit)

    @property
    def missing(self) -> int:
        """Number of buckets in which devices owed readings and none came."""
        return int((self.table["value"].isna() & self.table["coverage"].notna()).sum())

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


def ask(client: Client, choice: Choice) -> list[IndicatorAnswer]:
    """Return the answer's parts in the order of the chosen indicators.

    Raises
    ------
    ApiError
        The API refuses, or does not answer.
    """
    tables = {code: _series(client, choice, code) for code in choice.indicators}
    declared = client.indicators().to_dict("index")
    state = client.state(choice.region)
    targets = client.targets()
    return [
        IndicatorAnswer(
            declared[code], table, *_age(state, code), [one for one in targets if one["indicator"] == code]
        )
        for code, table in tables.items()
    ]


def _series(client: Client, choice: Choice, indicator: str) -> pd.DataFrame:
    return client.series(
        indicator,
        region=choice.region,
        level=choice.level,
        interval=choice.interval,
        start=choice.start,
        end=choice.end,
    )


def _age(state: Mapping[str, Any], code: str) -> tuple[datetime | None, str, int]:
    metrics = {one["code"]: one for one in state["metrics"]}
    if code in metrics:
        metric = metrics[code]
        return _time(metric["as_of"]), metric["freshness"], metric["expected_interval_s"] or 0
    return _time(state["events"]["as_of"]), "fresh", 0


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
