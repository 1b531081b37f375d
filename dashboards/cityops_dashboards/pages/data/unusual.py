"""What the data page says of values that leave the usual range, and of what is foretold: from the API's baselines."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from dash import html

from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.pages.data.answer import IndicatorAnswer
from cityops_dashboards.pages.data.choice import Choice
from cityops_dashboards.texts import text

MOST_FLAGS = 8
"""Times that are listed, the newest ones."""


def ahead(choice: Choice, part: IndicatorAnswer) -> pd.DataFrame | None:
    """Return what is foretold where the period reaches up to it: columns start and value."""
    if part.usual is None or not part.usual.attrs["forecast"]["is_offered"]:
        return None
    table = pd.DataFrame(part.usual.attrs["forecast"]["points"], columns=["start", "value"])
    table["start"] = pd.to_datetime(table["start"], utc=True).dt.tz_convert(CITY_ZONE)
    reaches = not table.empty and choice.interval.ceiling(choice.end) >= table["start"].min()
    return table if reaches else None


def unusual(choice: Choice, parts: Sequence[IndicatorAnswer]) -> list[html.Div]:
    """Return for each indicator whose usual range is known when it was left and why, and how far a forecast goes."""
    told = [part for part in parts if part.usual is not None]
    return [html.Div([*_said(choice, part, several=len(parts) > 1)], className="data-unusual") for part in told]


def _said(choice: Choice, part: IndicatorAnswer, *, several: bool) -> Iterator[Any]:
    assert part.usual is not None
    lang, known = choice.lang, part.usual.attrs
    if several:
        yield html.H3(part.indicator[f"name_{lang}"])
    if known[f"remark_{lang}"]:
        yield html.P(known[f"remark_{lang}"], className="hint")
    else:
        yield html.P(text(lang, "data.usual.drawn"), className="hint")
    flags = sorted(known["flags"], key=lambda one: str(one["since"]), reverse=True)
    if flags:
        yield html.Ul([html.Li(_flag(lang, one)) for one in flags[:MOST_FLAGS]])
    if len(flags) > MOST_FLAGS:
        yield html.P(text(lang, "data.usual.more", n=len(flags) - MOST_FLAGS), className="hint")
    forecast = known["forecast"]
    key = "data.forecast.offered" if ahead(choice, part) is not None else "data.forecast.none"
    if forecast["is_offered"] and ahead(choice, part) is None:
        key = "data.forecast.later"
    yield html.P(f"{text(lang, key)}{forecast[f'remark_{lang}']}", className="hint")


def _flag(lang: str, flag: Mapping[str, Any]) -> str:
    since, until = (datetime.fromisoformat(flag[end]).astimezone(CITY_ZONE) for end in ("since", "until"))
    last = f"{until:%H:%M}" if since.date() == until.date() else f"{until:%m-%d %H:%M}"
    reason = text(lang, f"data.flag.{flag['reason']}")
    period = f"{since:%m-%d %H:%M}–{last}"
    still = text(lang, "data.flag.open") if flag["is_open"] else ""
    told = text(lang, "data.flag", period=period, reason=reason, n=f"{abs(flag['deviations']):.1f}")
    return f"{told}{still}"
