"""What the platform page shows, from the API's answer: figures, sources with what became of theirs, kinds, days."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cityops import reference
from cityops_dashboards.pages.statistics.table import percent
from cityops_dashboards.texts import text

Body = Mapping[str, Any]
STATES = ("online", "late", "silent", "never")
WORST_FIRST = ("never", "silent", "late", "fresh")
_OFFICERS = {"首席数据执行官": "executive", "部属首席数据官": "department", "数据联络专员": "liaison"}
MOST_REASONS = 2
"""Of a source, as many are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class PlatformFigure:
    """One number that the platform is known by: `of` is what it is a part of, `aside` what to know beside it."""

    code: str
    name: str
    value: str
    of: str
    aside: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source: how it is, who answers for it, what came of it today and yesterday, and what was refused why."""

    code: str
    name: str
    who: str
    state: str
    newest: str | None
    devices: str
    today: str
    yesterday: str
    rejected: str
    reasons: str
    kept: str
    duplicate: str


def count(lang: str, number: int) -> str:
    """Return a number as it is read from afar: 3.36 亿, 8.4 万; in English from a million on in millions."""
    if lang == "zh":
        for size, unit in ((10**8, "亿"), (10**4, "万")):
            if number >= size * (10 if unit == "万" else 1):
                return f"{number / size:.3g} {unit}" if number < 1000 * size else f"{number / size:,.0f} {unit}"
        return f"{number:,}"
    for size, unit in ((10**9, "bn"), (10**6, "m")):
        if number >= size:
            return f"{number / size:.3g} {unit}" if number < 1000 * size else f"{number / size:,.0f} {unit}"
    return f"{number:,}"


def announced() -> Mapping[str, int]:
    """Return what 穗智管 said of itself in the middle of 2022, by figure."""
    return {row["code"]: int(row["number"]) for row in reference.rows("announced")}


def figures(told: Body, channels: Sequence[Body] | None, lang: str, *, is_city: bool) -> list[PlatformFigure]:
    """Return the numbers that stand on top; of a district nobody has announced any."""
    online = sum(one["online"] + one["late"] for one in told["devices"])
    devices = sum(one["devices"] for one in told["devices"])
    today = told["days"][0]
    found = [
        *(_connected(code, told[code], lang) for code in ("departments", "districts", "systems")),
        _part("devices", online, devices, lang),
        *([_of_channels(channels, lang)] if channels is not None else []),
        _kept(told, lang),
        *([_cases(today, lang)] if today["cases"] is not None else []),
    ]
    return [_beside(one, lang) for one in found] if is_city else found


def _connected(code: str, told: Body, lang: str) -> PlatformFigure:
    return _part(code, told["connected"], told["registered"], lang)


def _part(code: str, part: int, whole: int, lang: str) -> PlatformFigure:
    name, aside = text(lang, f"platform.figure.{code}"), text(lang, f"platform.of.{code}")
    return PlatformFigure(code, name, count(lang, part), count(lang, whole), aside)


def _of_channels(channels: Sequence[Body], lang: str) -> PlatformFigure:
    online, registered = (sum(one[name] for one in channels) for name in ("online", "channels"))
    return _part("channels", online, registered, lang)


def _kept(told: Body, lang: str) -> PlatformFigure:
    rate = told["readings_per_s"]
    aside = text(lang, "platform.rate", n=f"{rate:,.0f}") if rate is not None else text(lang, "platform.no_rate")
    return PlatformFigure(
        "readings", text(lang, "platform.figure.readings"), count(lang, told["readings_kept"]), "", aside
    )


def _cases(today: Body, lang: str) -> PlatformFigure:
    return PlatformFigure(
        "cases",
        text(lang, "platform.figure.cases_today"),
        count(lang, today["cases"]),
        "",
        text(lang, "platform.today"),
    )


def _beside(figure: PlatformFigure, lang: str) -> PlatformFigure:
    number = announced().get(figure.code)
    if number is None:
        return figure
    said = text(lang, "platform.announced", n=count(lang, number))
    return PlatformFigure(figure.code, figure.name, figure.value, figure.of, f"{figure.aside} · {said}")


def sources(told: Body, rejects: Sequence[Body] | None, lang: str) -> list[SourceLine]:
    """Return the sources, the worst first."""
    today = date.fromisoformat(told["days"][0]["day"])
    why: dict[str, Counter[str]] = defaultdict(Counter)
    for one in rejects or ():
        why[one["source"]][one["reason"]] += one["count"]
    found = [_line(one, today, why[one["code"]], lang) for one in told["sources"]]
    return sorted(found, key=lambda one: WORST_FIRST.index(one.state))


def _line(one: Body, today: date, why: Counter[str], lang: str) -> SourceLine:
    days = {date.fromisoformat(day["day"]): day for day in one["days"]}
    sent, before = days.get(today), days.get(date.fromordinal(today.toordinal() - 1))
    settled = one["stored"] + one["duplicate"]
    return SourceLine(
        one["code"],
        one[f"name_{lang}"],
        f"{one[f'department_{lang}']} · {_officer(one['data_officer'], lang)}",
        one["freshness"] if one["last_received_at"] else "never",
        one["last_received_at"],
        f"{one['devices_spoken']:,}/{one['devices']:,}" if one["devices"] else "",
        count(lang, sent["received"]) if sent else "0",
        count(lang, before["received"]) if before else "—",
        count(lang, sent["rejected"]) if sent else "0",
        _reasons(why, lang),
        count(lang, one["stored"]),
        percent(one["duplicate"], settled) or "—",
    )


def _officer(told: str, lang: str) -> str:
    """Return an office of the chain of chief data officers in the page's language; others as they are named."""
    return text(lang, f"platform.officer.{_OFFICERS[told]}") if told in _OFFICERS else told


def _reasons(why: Counter[str], lang: str) -> str:
    named = [f"{text(lang, f'platform.reason.{one}')} {n:,}" for one, n in why.most_common(MOST_REASONS)]
    rest = len(why) - len(named)
    return " · ".join(named + ([text(lang, "platform.more_reasons", n=rest)] if rest > 0 else []))


def kinds(told: Body, lang: str) -> list[tuple[str, list[int], str]]:
    """Return the kinds of devices with how many are in each of `STATES` and the share online, the largest first."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in told["devices"]:
        found[one["kind"]].update({state: one[state] for state in STATES})
    names = {one.code: one.name_zh if lang == "zh" else one.name_en for one in reference.device_kinds()}
    rows = [
        (names.get(kind, kind), [states[one] for one in STATES], percent(states["online"], states.total()))
        for kind, states in found.items()
    ]
    return sorted(rows, key=lambda row: -sum(row[1]))


def days(told: Body, lang: str) -> list[dict[str, Any]]:
    """Return the days, newest first, each with a bar as long as its readings are many."""
    most = max((one["readings"] or 0 for one in told["days"]), default=0)
    return [
        {
            "day": one["day"][5:],
            "readings": "—" if one["readings"] is None else count(lang, one["readings"]),
            "bar": round(100 * (one["readings"] or 0) / most, 1) if most else 0,
            "cases": "—" if one["cases"] is None else f"{one['cases']:,}",
        }
        for one in told["days"]
    ]


def quality(told: Body, lang: str) -> list[tuple[str, str, str]]:
    """Return what tells how good the data is: each with numerator and denominator."""
    sums = {name: sum(one[name] for one in told["sources"]) for name in ("received", "duplicate", "rejected")}
    fresh = sum(one["freshness"] == "fresh" for one in told["sources"])
    devices = Counter[str]()
    for one in told["devices"]:
        devices.update({name: one[name] for name in ("devices", "online", "never", "clock_ahead")})
    shares = (
        ("fresh", fresh, len(told["sources"])),
        ("rejected", sums["rejected"], sums["received"]),
        ("duplicate", sums["duplicate"], sums["received"]),
        ("online", devices["online"], devices["devices"]),
        ("never", devices["never"], devices["devices"]),
        ("clock_ahead", devices["clock_ahead"], devices["devices"]),
    )
    return [
        (text(lang, f"platform.quality.{code}"), percent(part, whole) or "—", f"{part:,}/{whole:,}")
        for code, part, whole in shares
    ]
