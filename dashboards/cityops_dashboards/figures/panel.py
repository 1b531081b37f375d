"""One indicator as it is drawn over time: its values by region, its thresholds, and what stands beside its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd


@dataclass(frozen=True)
class Panel:
    """One indicator with its unit, its decimals and the table of its values."""

    title: str
    unit: str
    decimals: int
    table: pd.DataFrame
    thresholds: Mapping[int, float] = field(default_factory=dict)
    """Of the warning levels 1 to 4 that are used."""
    low_is_worse: bool = False
    level_names: Mapping[int, str] = field(default_factory=dict)
    changes: Sequence[tuple[datetime, str]] = ()
    """From when on its values mean something else, with a word on it."""
    usual: pd.DataFrame | None = None
    """Of a region alone: what is usual in each hour."""
    ahead: pd.DataFrame | None = None
    """Of a region alone: what is foretold."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What the lines beside the values are called: `usual`, `outside`, `ahead`, and `compared`, if they are drawn."""

    @property
    def worst(self) -> str | None:
        """Code of the region with the gravest value of all, None where there is no value."""
        values = self.table.groupby("region_code", sort=False)["value"].agg("min" if self.low_is_worse else "max")
        known = values.dropna()
        return None if known.empty else str(known.idxmin() if self.low_is_worse else known.idxmax())

    @property
    def regions(self) -> list[str]:
        """Codes of the regions in the table, in its order."""
        return [str(code) for code in self.table["region_code"].unique()]

    @property
    def number(self) -> str:
        """Format of the values, for plotly."""
        return f",.{self.decimals}f"

    @property
    def head(self) -> str:
        """Title with unit."""
        return f"<b>{self.title}</b>  {self.unit}".rstrip()
