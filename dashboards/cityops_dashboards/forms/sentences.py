"""The details of the audit as a sentence in the page's language, and a work's begin and end as one line."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cityops import reference
from cityops.domain.audit import AuditOutcome
from cityops.domain.events.acts import Act
from cityops.domain.events.transitions import lifecycle
from cityops_dashboards.forms import grants
from cityops_dashboards.texts import catalogue, name, text

Row = dict[str, Any]
ENDS = {AuditOutcome.DONE, AuditOutcome.BROKEN_OFF, AuditOutcome.FAILED}


def sentence(lang: str, detail: Mapping[str, Any]) -> str:
    """Return what a detail says; what is younger than this page stays as it is."""
    told = dict(detail)
    parts = []
    if "scope_kind" in told:
        area = grants.area(lang, told.pop("scope_kind"), told.pop("scope_codes", ()))
        parts.append(text(lang, "audit.detail.area", value=area))
    parts += [_part(lang, key, value) for key, value in told.items()]
    return text(lang, "audit.detail.between").join(part for part in parts if part)


def _part(lang: str, key: str, value: Any) -> str:
    if key in _WORDED:
        return _WORDED[key](lang, value)
    label = f"audit.detail.{key}"
    if label in catalogue(lang):
        return text(lang, label, value=_plain(value), n=f"{value:,}" if isinstance(value, int) else value)
    return text(lang, "audit.detail.other", what=key, value=_plain(value))


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _filter(lang: str, wanted: Mapping[str, Any]) -> str:
    """Return by what was filtered; the language of a file is no filter."""
    said = [
        _condition(lang, key, value) for key, value in wanted.items() if key != "lang" and value not in ([], None)
    ]
    if not said:
        return text(lang, "audit.detail.all")
    return text(lang, "audit.detail.filter", value=text(lang, "data.comma").join(said))


def _condition(lang: str, key: str, value: object) -> str:
    label = f"audit.filter.{key}"
    return f"{catalogue(lang).get(label, key)} {_named(lang, key, value)}"


def _named(lang: str, key: str, value: object) -> str:
    known: dict[str, str] = {}
    if key == "region":
        known = {one.code: name(lang, one) for one in reference.regions()}
    elif key in {"indicator", "also"}:
        known = {one.code: name(lang, one) for one in reference.metrics()}
    codes = [_plain(one) for one in (value if isinstance(value, list) else [value])]
    return ", ".join(known.get(code, code) for code in codes)


def _act(lang: str, act: str) -> str:
    """Return what an act on a case is called; one that is younger than this page stays as it is."""
    known = lifecycle().acts.get(Act(act)) if act in set(Act) else None
    return str(getattr(known, lang)) if known else act


def _status(lang: str, key: str, status: str | None) -> str:
    """Return a case's status in words, nothing where it had none."""
    named = catalogue(lang).get(f"status.{status}", status)
    return text(lang, f"audit.detail.{key}", value=named) if status else ""


_WORDED: Mapping[str, Callable[[str, Any], str]] = {
    "filter": _filter,
    "role": lambda lang, role: text(lang, "audit.detail.role", value=catalogue(lang).get(f"role.{role}", role)),
    "own": lambda lang, own: text(lang, "audit.detail.own" if own else "audit.detail.not_own"),
    "kind": lambda _lang, _kind: "",  # the action says it
    "act": lambda lang, act: text(lang, "audit.detail.act", value=_act(lang, act)),
    "from": lambda lang, status: _status(lang, "from", status),
    "to": lambda lang, status: _status(lang, "to", status),
}


def one_line_each(rows: Sequence[Row]) -> list[Row]:
    """Return the rows, newest first, without the begin of a work whose end is among them; the end keeps its time.

    A begin without an end stays: the work goes on, or its process was killed.
    """
    ended: list[tuple[Any, ...]] = []
    kept = []
    for row in rows:
        if row["outcome"] in ENDS:
            ended.append(_work(row))
        elif row["outcome"] == AuditOutcome.BEGUN and _work(row) in ended:
            ended.remove(_work(row))
            continue
        kept.append(row)
    return kept


def _work(row: Row) -> tuple[Any, ...]:
    wanted = json.dumps(row["detail"].get("filter"), sort_keys=True)
    return row["subject"], row["action"], row["object"], row["address"], row["request_id"], wanted
