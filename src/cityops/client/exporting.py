"""Files of the API by the client: saved under a name, or read into a table at once."""

from collections.abc import Sequence
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cityops.client.asking import ApiConnection
from cityops.client.files import Progress, SavedFile, form_of, read_table, saved
from cityops.client.moments import When
from cityops.client.resuming import FileQuestion, rest_of

if TYPE_CHECKING:
    import pyarrow as pa


class FilesClient(ApiConnection):
    """The part of the client that asks for whole files."""

    def export(
        self,
        what: str,
        path: str | PathLike[str],
        *,
        progress: Progress | None = None,
        resume: bool = False,
        **filters: str | int | bool | Sequence[str] | When | None,
    ) -> SavedFile:
        """Save a file of the API: series, events, alarms, devices, readings, rates or sources.

        The ending of `path` names the format: .csv, .xlsx, .parquet, .arrows or .zip (CSV with its Data Package). It
        is there when all of it has come, and not at all otherwise; a file that is there is not written over. Filters
        are those of the lists; `lang` is zh or en, `shape="wide"` puts series side by side. `progress` is told the
        bytes so far and the rows expected.

        Of readings as CSV that broke off, what came stays beside (`.part`, and `.part.json` with the question).
        With `resume` the same question goes on with it, from the piece of time (6 hours) that was under way; all
        other files, and those of which nothing is left, begin anew, as `resumed_at` of the answer tells.

        Raises
        ------
        CityopsError
            There is such a file; the download broke off; or what is to be gone on with is of another question, or
            the rest does not fit it.
        """
        target = Path(path)
        asked = FileQuestion(what, str(self._http.base_url), self._named(filters | {"format": form_of(target)}))
        rest = rest_of(target, asked) if resume else None
        with self._streamed(f"/api/v1/export/{what}", rest.question() if rest else asked.filters) as answer:
            return saved(answer, target, asked, rest, progress)

    def described(self, what: str, **filters: str | int | bool | Sequence[str] | When | None) -> dict[str, Any]:
        """Return the descriptor (`datapackage.json`) of a file without the file: its columns, and rows expected."""
        answer: dict[str, Any] = self._get(f"/api/v1/export/{what}", **filters, describe=True)
        return answer

    def table(self, what: str, **filters: str | int | bool | Sequence[str] | When | None) -> pd.DataFrame:
        """Return a file of the API as one table: exact values, words in English, times in the city's zone.

        What can be asked for and the filters are those of `export`. With pyarrow (the extra `parquet`) it comes as
        Arrow, without it as CSV; the table is the same but for times, which CSV cuts to the second. Columns,
        units and meanings stand in the frame's `attrs["package"]`, the Data Package descriptor.
        """
        asked = self._named({"lang": "en", **filters})
        path = f"/api/v1/export/{what}"
        package = self._asked("GET", path, params=asked | {"describe": True}).json()
        form = "csv" if find_spec("pyarrow") is None else "arrow"
        content = self._asked("GET", path, params=asked | {"format": form}).content
        table = read_table(content, form, package)
        table.attrs["package"] = package
        return table

    def arrow(self, what: str, **filters: str | int | bool | Sequence[str] | When | None) -> "pa.Table":
        """Return a file of the API as a table of pyarrow (the extra `parquet`), as it came; otherwise as `table`.

        Its schema's metadata holds the Data Package descriptor under `datapackage`, as in Parquet.

        Raises
        ------
        ImportError
            There is no pyarrow.
        """
        import pyarrow as pa

        asked = self._named({"lang": "en", **filters, "format": "arrow"})
        return pa.ipc.open_stream(self._asked("GET", f"/api/v1/export/{what}", params=asked).content).read_all()

    def readings(
        self,
        *,
        region: str = "440100",
        metric: str | None = None,
        start: When | None = None,
        end: When | None = None,
        **filters: str | int | bool | None,
    ) -> pd.DataFrame:
        """Return raw readings of devices, a row each: device, metric, unit, region, ts, value, quality.

        Further filters are those of `/api/v1/export/readings`. `ts` is in the city's zone; the frame's
        `attrs["units"]` hold the unit by metric. A large answer is better saved by `export`.
        """
        table = self.table("readings", region=region, metric=metric, start=start, end=end, **filters)
        table.attrs["units"] = dict(zip(table["metric"], table["unit"], strict=True))
        return table
