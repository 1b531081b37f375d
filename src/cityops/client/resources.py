"""What the client asks of data itself: its register, its exchange and quality, and forms that are filled in."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from cityops.client.asking import ApiConnection
from cityops.domain.intervals import CITY_ZONE


class ResourcesClient(ApiConnection):
    """The part of the client that asks for data resources, and fills in forms."""

    def datasets(self, **filters: Any) -> Iterator[pd.DataFrame]:
        """Yield the datasets of the register page by page, a row each: provider, theme, sharing, cadence, rows.

        Filters: q, provider, theme, sharing, cross_border, indicator, overdue.
        """
        for items in self._pages("/api/v1/resources/datasets", **filters):
            table = pd.DataFrame(items)
            if "last_exchange" in table:
                table["last_exchange"] = pd.to_datetime(table["last_exchange"], utc=True).dt.tz_convert(CITY_ZONE)
            yield table

    def exchange(self, days: int = 30) -> pd.DataFrame:
        """Return what came of each source system by day: received = stored + duplicate + rejected."""
        columns = ["day", "source", "received", "stored", "duplicate", "rejected"]
        return pd.DataFrame(self._get("/api/v1/resources/exchange", days=days), columns=columns)

    def quality(self, days: int = 30) -> pd.DataFrame:
        """Return the scorecard, a row by source system and score: `part` of `whole`, and the `share` (0 to 1)."""
        told = self._get("/api/v1/resources/quality", days=days)
        scores = [(one["code"], *score) for one in told["sources"] for score in one["scores"].items()]
        return pd.DataFrame([{"source": source, "score": name, **of} for source, name, of in scores])

    def fill_in(self, path: str, version: int, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Fill in and submit a sheet, whose `path` and `version` the API tells, and return it whole."""
        body = {"version": version, "answers": list(answers), "submit": True}
        answer: dict[str, Any] = self._asked("PUT", path, json=body).json()
        return answer

    def approve(self, path: str, version: int) -> dict[str, Any]:
        """Approve a sheet that was submitted, as `version` has it, and return it whole."""
        return self._send(f"{path}/approve", {"version": version})
