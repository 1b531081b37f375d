"""The client itself: turns what the API answers into pandas tables."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from cityops.client.air_quality import air_quality_table
from cityops.client.exporting import FilesClient
from cityops.client.moments import When
from cityops.client.resources import ResourcesClient
from cityops.client.vital_signs import vital_sign_table
from cityops.domain.intervals import CITY_ZONE

EVIDENCE_COLUMNS = [
    *("event_id", "digest", "name", "medium", "bytes", "width", "height", "lon", "lat", "taken_at"),
    *("added_by", "added_at", "act_sequence"),
]


class Client(FilesClient, ResourcesClient):
    """Asks one API; safe to use from several threads. Answers are pandas tables, their times in Asia/Shanghai.

    Codes are text: regions have 6 digits (city, districts) or 9 (streets), or the statistics' 12. Instants are dates,
    datetimes, pandas or numpy times, or ISO text; what names no zone is the city's time. A filter that is None is
    left out, and one whose name is a word of Python is written with an underscore behind it (`class_`).

    Parameters
    ----------
    api_url
        Address of the API, such as `http://127.0.0.1:8000`.
    token
        API key, session or display token: what is answered depends on whom it stands for. A function is asked anew
        for each question, so that one client may serve many who are signed in.
    timeout_s
        Seconds to wait for an answer.
    retries
        How often a question is asked again that was refused for being one too many, or that reached no API; waits
        as long as the API says, up to half a minute. What changes something is never sent twice.

    Raises
    ------
    ApiError
        From each method: the API refused the question, or did not answer.
    ValueError
        From each method: an instant is none.
    """

    def state(self, region: str = "440100") -> dict[str, Any]:
        """Return the present state of the city, a district or a street, as the API's JSON.

        Among its keys: `as_of` (RFC 3339, UTC), `metrics` (a value each with unit, age in s, coverage from 0 to 1,
        freshness), `events` (counts of cases), `devices` (how many are expected, and fresh).
        """
        answer: dict[str, Any] = self._get("/api/v1/state", region=region)
        return answer

    def regions(self) -> pd.DataFrame:
        """Return city, districts and streets, a row each, indexed by code: level, names, population, area in km²."""
        return pd.DataFrame(self._get("/api/v1/regions")).set_index("code", drop=False)

    def metrics(self) -> pd.DataFrame:
        """Return the declared metrics with units, valid ranges and thresholds, indexed by code."""
        return pd.DataFrame(self._get("/api/v1/metrics")).set_index("code", drop=False)

    def indicators(self) -> pd.DataFrame:
        """Return what can be asked for as a series, with unit and definition, indexed by code."""
        return pd.DataFrame(self._get("/api/v1/indicators")).set_index("code", drop=False)

    def targets(self) -> list[dict[str, Any]]:
        """Return the targets of policy, each with its newest value, what is missing and the share of the way."""
        told: list[dict[str, Any]] = self._get("/api/v1/targets")
        return told

    def corrections(self, *, indicator: str | None = None, holding: bool | None = None) -> pd.DataFrame:
        """Return the corrections of values from outside, newest first, indexed by id."""
        answer = self._get("/api/v1/corrections", indicator=indicator, holding=holding)
        columns = None if answer else ["id", "indicator", "state"]
        return pd.DataFrame(answer, columns=columns).set_index("id", drop=False)

    def numbers(self) -> pd.DataFrame:
        """Return what each number of the state means, indexed by code (`metric:pm25`, `count:events.counts.open`).

        Definition, numerator and denominator in both languages, thresholds with their basis, and in `sources` the
        systems behind it with the department that answers for each.
        """
        return pd.DataFrame(self._get("/api/v1/numbers")).set_index("code", drop=False)

    def intervals(self) -> pd.DataFrame:
        """Return the intervals of a series and the longest range each serves, in seconds."""
        return pd.DataFrame(self._get("/api/v1/intervals"))

    def series(
        self,
        indicator: str,
        *,
        region: str = "440100",
        level: str = "district",
        interval: str | None = None,
        start: When | None = None,
        end: When | None = None,
        compare: str | None = None,
        only: Sequence[str] | None = None,
        raw: bool | None = None,
    ) -> pd.DataFrame:
        """Return an indicator over time, a row for each bucket of each region, ordered by region and time.

        Values are unrounded, the same as in files of `/api/v1/export/series`. Coverage is readings that came over
        readings owed at each device's registered interval, at most 1.

        Parameters
        ----------
        indicator
            Code of an indicator, as in `indicators()`.
        region, level
            Regions of this level inside this region: city, district or street.
        interval
            5min, hour, day, up to the range that `intervals()` tells; month, quarter, year; None is hour.
        start, end
            From, and up to (not with); widened to whole buckets. None: the API's default, up to now.
        compare
            year (with the same period a year before), previous (with the one before), to_date (since 1 January).
        only
            Codes of regions of the level: of these alone.
        raw
            True: what the sources say, before any correction.

        Columns: region_code, start, end (aware, the city's zone), value (NaN where nothing came), n, coverage,
        finished (False where the bucket was not over yet: its value still changes); beyond plain readings and counts
        also numerator, denominator, definition_version, compared_value, compared_start, compared_end, change_percent,
        quality (corrected, flagged, withheld), corrections and stale_corrections (ids, as in `corrections()`).
        The frame's `attrs` hold name, unit and interval, `as_of`, and in `remark_zh`, `remark_en` what is unfinished.
        """
        where = {"region": region, "level": level, "only": only}
        when = {"interval": interval, "start": start, "end": end, "compare": compare}
        return _series_table(self._get("/api/v1/series", indicator=indicator, **where, **when, raw=raw))

    def air_quality(
        self,
        *,
        region: str = "440100",
        level: str | None = None,
        interval: str = "hour",
        start: When | None = None,
        end: When | None = None,
    ) -> pd.DataFrame:
        """Return the air quality index by hour or day, by the edition of HJ 633 of the day, a row for each bucket.

        Regions and period are as in `series`. Columns: region_code, start, end, aqi (missing where it is NA), grade,
        class_zh, class_en, primary and missing (codes of pollutants), standard, then for each item its concentration
        and its index (`o3_8h`, `iaqi_o3_8h`), coverage, finished. The frame's `attrs` hold `definition_changes` (from
        when on, a note in both languages), `classes` with the standard's colours, `pollutants`, `as_of`, remarks.
        """
        answer = self._get("/api/v1/air-quality", region=region, level=level, interval=interval, start=start, end=end)
        table = _in_city_time(air_quality_table(answer), "start", "end")
        table.attrs |= {name: told for name, told in answer.items() if name != "points"}
        return table

    def vital_signs(self, region: str = "440100") -> pd.DataFrame:
        """Return the vital-sign tree of the city or a district: a row for each sign and, below it, for its leaves.

        Columns: code, parent, level (0 the whole, 1 theme, 2 subject, 3 indicator), name_zh, name_en, weight (of the
        parent), index (0 worst to 10 best; of a leaf what its value is worth; NaN where too little is known), covered
        (share of the weight that is known), present and leaves (counts), alarms; of leaves value, unit, as_of (aware,
        the city's zone), warning (0 to 4), why (it takes no part), share (of the whole index), lever (by how much the
        whole index would rise were the leaf worth 10). The frame's `attrs` hold `as_of`, `region_code` and, of the
        city, `districts`: index and `covered` of each sign in each.
        """
        answer = self._get("/api/v1/vital-signs", region=region)
        table = _in_city_time(vital_sign_table(answer), "as_of")
        table.attrs |= {name: answer[name] for name in ("as_of", "region_code", "districts")}
        return table

    def indicator(self, code: str) -> dict[str, Any]:
        """Return one indicator whole, as the API's JSON: its declaration, formula, newest values and uses."""
        answer: dict[str, Any] = self._get(f"/api/v1/indicators/{code}")
        return answer

    def baselines(
        self, indicator: str, *, region: str = "440100", start: When | None = None, end: When | None = None
    ) -> pd.DataFrame:
        """Return what is usual of a metric in a region, a row for each hour: at most 62 days, seven unless asked.

        Columns: start, end (aware, the city's zone), value, low, usual, high (two deviations on either side of what
        is usual in this hour, in the indicator's unit; NaN where too little is known), deviations (of the value),
        by_week (False as long as only the hour of any day is known), finished. The frame's `attrs` hold `flags` and
        `forecast` as the API tells them (times as RFC 3339, UTC), `learnt_until`, name and unit.

        A flag has `reason` (above, below, shift, frozen), `since`, `until`, `deviations`, `is_open`. `forecast` has
        `points` only where `is_offered`: where it was better of late than the same hour a week before (`mase` < 1).
        """
        answer = self._get("/api/v1/baselines", indicator=indicator, region=region, start=start, end=end)
        columns = ["start", "end", "value", "low", "usual", "high", "deviations", "by_week", "finished"]
        table = _in_city_time(pd.DataFrame(answer.pop("points"), columns=columns), "start", "end")
        table = table.astype(dict.fromkeys(("value", "low", "usual", "high", "deviations"), float))
        table.attrs |= answer
        return table

    def devices(self, **filters: str | int | None) -> Iterator[pd.DataFrame]:
        """Yield all devices that pass the filters, page by page (up to 500 rows), in order of code.

        Filters: region, kind, source, state (online, late, silent, never), warning (at least this level, 1 to 4),
        q (beginning of code or name). Columns: code, name, kind, source, region_code, lon and lat (degrees, WGS-84),
        expected_interval_s, last_seen and state_since (NaT where never), state, freshness, warning. Nothing is
        yielded where there is none.
        """
        for items in self._pages("/api/v1/devices", filters):
            yield _in_city_time(pd.DataFrame(items), "last_seen", "state_since")

    def channels(self, **filters: str | None) -> Iterator[pd.DataFrame]:
        """Yield all video channels that pass the filters (region, source, state), page by page (up to 500 rows)."""
        for items in self._pages("/api/v1/channels", filters):
            yield _in_city_time(pd.DataFrame(items), "state_since")

    def standards(self, class_: str | None = None) -> pd.DataFrame:
        """Return the case standards in force, all or those of a class: condition, limit, closing condition, unit.

        `is_example` tells those that are shipped as examples from the city's own.
        """
        columns = ["code", "version", "class_code", "limit_kind", "limit_amount", "is_example"]
        answer = self._get("/api/v1/standards", class_=class_)
        return pd.DataFrame(answer, columns=None if answer else columns)

    def outages(self, region: str = "440100") -> pd.DataFrame:
        """Return what is out now: many devices of a region, source or kind that fell silent together, a row each."""
        columns = ["region_code", "source", "kind", "devices", "silent", "since", "text_zh", "text_en"]
        answer = self._get("/api/v1/devices/outages", region=region)
        return _in_city_time(pd.DataFrame(answer["items"], columns=columns), "since")

    def events(self, **filters: str | When | None) -> Iterator[pd.DataFrame]:
        """Yield all events that pass the filters, newest first, page by page (up to 500 rows).

        Filters: region, class_, group, status, stage (found, dispatched, handling, closed), severity, source, and
        start and end of the time of occurrence. What names citizens is masked unless the credential may see it.
        Nothing is yielded where there is none.
        """
        for items in self._pages("/api/v1/events", filters):
            yield _in_city_time(pd.DataFrame(items), "occurred_at", "status_at")

    def evidence(self, event_id: int) -> pd.DataFrame:
        """Return the photos and files of a case, a row each, the oldest first; indexed by digest.

        Columns: name, medium, bytes, width and height (pixels), lon and lat (degrees, WGS-84) and taken_at as the
        camera wrote them, added_by, added_at, act_sequence (NaN: no act uses it yet).
        """
        items = self._get(f"/api/v1/cases/{event_id}/evidence")["items"]
        table = pd.DataFrame(items, columns=EVIDENCE_COLUMNS).set_index("digest", drop=False)
        return _in_city_time(table, "taken_at", "added_at")

    def add_evidence(self, event_id: int, content: bytes, medium: str, name: str = "") -> dict[str, Any]:
        """Send a photo or file for a case and return what is known of it; its `digest` names it in an act.

        `medium` is image/jpeg, image/png or application/pdf. Sent twice, it is there once.
        """
        answer = self._asked(
            "POST",
            f"/api/v1/cases/{event_id}/evidence",
            params={"name": name},
            content=content,
            headers={"Content-Type": medium},
        )
        told: dict[str, Any] = answer.json()
        return told

    def evidence_content(self, digest: str, *, preview: bool = False) -> bytes:
        """Return the bytes of a photo or file, or of a photo in small."""
        return self._asked("GET", f"/api/v1/evidence/{digest}{'/preview' if preview else ''}").content

    def alarms(self, **filters: str | int | bool | When | None) -> Iterator[pd.DataFrame]:
        """Yield all alarms that pass the filters, newest first, page by page (up to 500 rows).

        Filters: region, open, level, at_least, priority, class_, rule, device, acknowledged, quiet, and start and end
        of the time of raising.
        """
        for items in self._pages("/api/v1/alarms", filters):
            yield _in_city_time(pd.DataFrame(items), "onset", "raised_at", "gone_at", "cleared_at", "acknowledged_at")

    def case_rates(
        self, by: str = "all", *, start: When | None = None, end: When | None = None, **filters: str | None
    ) -> pd.DataFrame:
        """Return rates of handling of the cases that are handled here, a row for each measure of each group.

        `by` is all, district, unit, class or source; filters: region, class_, source. The period is that of the
        occurrence, at most 366 days, the last 31 unless given. Columns: group, measure, numerator, denominator, value
        (0 to 1, NaN where nothing could count), excused. The frame's `attrs` hold `as_of` and `definitions`.
        """
        answer = self._get("/api/v1/cases/rates", by=by, start=start, end=end, **filters)
        rows = [{"group": item["group"], **rate} for item in answer["items"] for rate in item["rates"]]
        columns = ["group", "measure", "numerator", "denominator", "value", "excused"]
        table = pd.DataFrame(rows, columns=columns).astype({"value": float})
        table.attrs |= {
            "as_of": answer["as_of"],
            "definitions": {one["measure"]: one for one in answer["definitions"]},
        }
        return table

    def cases(self, **filters: str | int | When | None) -> Iterator[pd.DataFrame]:
        """Yield all cases that pass the filters, newest first, page by page (up to 500 rows).

        Filters: those of `events`, and master (source, here), kind (case, task), unit (code of a department, district
        or street), standard, todo (to_accept, to_dispatch, to_sign, to_handle, near_due, overdue, returned, to_check,
        to_decide), mark, parent, q (beginning of the number, or part of the title). Beside the columns of events:
        version, unit, due_at (NaT while the unit's time does not run), lamp, overdue, marks. Nothing is yielded where
        there is none.
        """
        for items in self._pages("/api/v1/cases", filters):
            yield _in_city_time(pd.DataFrame(items), "occurred_at", "status_at", "due_at")

    def case(self, number: int) -> dict[str, Any]:
        """Return one case whole, as the API's JSON: history, clocks with their intervals, what may be done now."""
        answer: dict[str, Any] = self._get(f"/api/v1/cases/{number}")
        return answer

    def case_counts(self, by: str = "todo", **filters: str | int | When | None) -> pd.DataFrame:
        """Return how many cases there are by group (columns group, count): by todo, status, class, unit or others."""
        counted = self._get("/api/v1/cases/counts", by=by, **filters)
        return pd.DataFrame(counted, columns=["group", "count"])

    def report(self, **case: Any) -> dict[str, Any]:
        """Report a case (class_, title, text, region and others, as the API has them) and return it whole."""
        return self._send("/api/v1/cases", case)

    def case_of_alarm(self, alarm: int, class_: str | None = None, *, group: bool = False) -> int:
        """Make a case of an alarm and return its number; that of the case that it has already, where it has one.

        With `group` it is one case of all open alarms of its rule in its district. Alarms of some classes say
        themselves what kind of case they become; of others `class_` does.
        """
        asked = {"class_": class_} | ({"group": True} if group else {})
        return int(self._send(f"/api/v1/alarms/{alarm}/case", asked)["event_id"])

    def act_on_alarms(self, act: str, alarms: Sequence[int]) -> int:
        """Acknowledge, reset or unshelve alarms, a thousand at most; return on how many that was done."""
        asked = {"act": act, "ids": list(alarms)}
        return sum(one["done"] for one in self._asked("POST", "/api/v1/alarms/acts", json=asked).json())

    def act(self, number: int, version: str, act: str, **given: Any) -> dict[str, Any]:
        """Act on a case as `version` has it, and return it whole as it is then.

        An `ApiError` of status 412 says who was first, one of 409 which acts would be possible.
        """
        path = f"/api/v1/cases/{number}/acts"
        return self._send(path, {"act": act, **given}, {"If-Match": f'"{version}"'})

    def page(self, path: str, **parameters: str | int | When | None) -> Any:
        """Return the JSON of any other route, such as `page("/api/v1/events", region="440106", limit=50)`.

        Times in it are text in RFC 3339, UTC.
        """
        return self._get(path, **parameters)


def _series_table(answer: dict[str, Any]) -> pd.DataFrame:
    points = answer.pop("points")
    columns = [*points[0]] if points else ["region_code", "start", "end", "value", "n", "coverage", "finished"]
    times = [name for name in columns if name.endswith(("start", "end"))]
    numbers = {"value", "coverage", "numerator", "denominator", "compared_value", "change_percent"}
    table = _in_city_time(pd.DataFrame(points, columns=columns), *times)
    table = table.astype({name: float for name in columns if name in numbers})
    table.attrs |= answer
    return table


def _in_city_time(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        table[column] = pd.to_datetime(table[column], utc=True, format="ISO8601").dt.tz_convert(CITY_ZONE)
    return table
