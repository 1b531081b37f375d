"""How far a case is: its clocks as bars with what counted and what did not, its history as sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cityops.domain.events.acts import Clock
from cityops.domain.events.transitions import lifecycle
from cityops_dashboards.pages.case.offers import ANSWERS, act_name, unit_name
from cityops_dashboards.pages.document import clock as wall_clock
from cityops_dashboards.texts import text

SHOWN_SPANS = 40
"""Stretches of a clock that are told one by one; a year of work days has a thousand."""


@dataclass(frozen=True, slots=True)
class ClockBar:
    """A clock: how much of its time is used, in percent of what is allowed or of what was used beyond that."""

    name: str
    words: str
    share: int
    is_over: bool
    is_done: bool
    is_paused: bool
    is_provisional: bool
    due: str | None
    spans: Sequence[str]
    left_out: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A step of a case: when, what, by whom and for whom, with what was said and which files came with it."""

    at: str
    what: str
    who: str
    said: str
    evidence: Sequence[str]


def bars(case: Mapping[str, Any], now: datetime, lang: str) -> list[ClockBar]:
    """Return the newest run of each clock of a case of the API, in the order in which they matter."""
    newest = {one["clock"]: one for one in sorted(case["clocks"], key=lambda one: one["round"])}
    return [_bar(newest[one], now, lang) for one in Clock if one in newest]


def _bar(run: Mapping[str, Any], now: datetime, lang: str) -> ClockBar:
    end = now if run["stopped_at"] is None else _at(run["stopped_at"])
    due = None if run["due_at"] is None else _at(run["due_at"])
    counted = [(_at(one["start"]), _until(one, end)) for one in run["spans"] if one["counted"]]
    allowed = timedelta(seconds=run["allowed_s"])
    beyond = max(timedelta(0), end - due) if due else timedelta(0)
    used = sum((max(timedelta(0), min(until, end) - start) for start, until in counted), timedelta(0)) + beyond
    whole = max(allowed, used, timedelta(seconds=1))
    spans = run["spans"]
    return ClockBar(
        name=getattr(lifecycle().clocks[Clock(run["clock"])], lang),
        words=text(lang, "clock.used", used=span(used, lang), allowed=span(allowed, lang)),
        share=round(100 * min(used, allowed) / whole),
        is_over=beyond > timedelta(0),
        is_done=run["stopped_at"] is not None,
        is_paused=run["paused"],
        is_provisional=run["provisional"],
        due=wall_clock(due, now) if due else None,
        spans=[_span(one, now, lang) for one in spans[-SHOWN_SPANS:]],
        left_out=max(0, len(spans) - SHOWN_SPANS),
    )


def _span(one: Mapping[str, Any], now: datetime, lang: str) -> str:
    start = _at(one["start"])
    told = {"start": wall_clock(start, now), "why": text(lang, f"why.{one['why']}")}
    end = None if one["end"] is None else _at(one["end"])
    told["end"] = wall_clock(end, now) if end else "…"
    if not one["counted"]:
        return text(lang, "clock.not_counted", **told)
    return text(lang, "clock.counted", **told, span=span(end - start, lang) if end else "…")


def _until(one: Mapping[str, Any], end: datetime) -> datetime:
    return end if one["end"] is None else _at(one["end"])


def history(case: Mapping[str, Any], now: datetime, lang: str) -> list[HistoryLine]:
    """Return the steps of a case of the API, the oldest first."""
    return [_line(step, now, lang) for step in case["history"]]


def _line(step: Mapping[str, Any], now: datetime, lang: str) -> HistoryLine:
    what = act_name(step["act"], lang) if step["act"] else text(lang, f"status.{step['status']}")
    if step["asked_unit"]:
        what = text(lang, "case.to_unit", act=what, unit=unit_name(lang, step["asked_unit"]))
    who = [step["actor"] or text(lang, "case.by_source")]
    if step["unit"]:
        who.append(unit_name(lang, step["unit"]))
    said = [one for one in (step["reason"], step["text"]) if one]
    answered = {one: step["data"][one] for one in ANSWERS if one in step["data"]}
    said += [
        text(lang, f"answer.{one}") + text(lang, "answer.yes" if given else "answer.no")
        for one, given in answered.items()
    ]
    return HistoryLine(wall_clock(step["at"], now), what, " · ".join(who), " ".join(said), step["evidence"])


def span(lasting: timedelta, lang: str) -> str:
    """Return how long something lasts in words, in its two gravest units."""
    seconds = int(lasting.total_seconds())
    minutes = seconds // 60
    if seconds < 60:
        return text(lang, "span.s", n=seconds)
    if minutes < 60:
        return text(lang, "span.m", m=minutes)
    if minutes < 48 * 60:
        return text(lang, "span.h", h=minutes // 60, m=minutes % 60)
    return text(lang, "span.d", d=minutes // 1440)


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)
