"""Figures: one measured number each, kept in results.json, from which RESULTS.md and the terminal table are made."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from rich.table import Table

FOLDER = Path(__file__).parent
RESULTS_JSON = FOLDER / "results.json"
RESULTS_MD = FOLDER / "RESULTS.md"

Setting = str | int | float
Number = str | int | float


@dataclass(frozen=True, slots=True)
class Figure:
    """A named number with its unit, and the settings it depends on; versions of programs are text."""

    name: str
    value: Number
    unit: str
    settings: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure as it is kept: with the commit it was measured at and the moment, RFC 3339 in UTC."""

    value: Number
    unit: str
    settings: Mapping[str, Setting]
    commit: str
    date: str


Entries = dict[str, Entry]


def load(file: Path = RESULTS_JSON) -> Entries:
    """Return the kept figures by name, none where nothing has been measured yet."""
    if not file.exists():
        return {}
    return {name: Entry(**entry) for name, entry in json.loads(file.read_text()).items()}


def merged(kept: Entries, measured: Iterable[Figure], commit: str, date: str) -> Entries:
    """Return the kept figures with those measured now in their place, in order of name."""
    new = {one.name: Entry(rounded(one.value), one.unit, dict(one.settings), commit, date) for one in measured}
    return dict(sorted((kept | new).items()))


def save(entries: Entries, json_file: Path = RESULTS_JSON, markdown_file: Path = RESULTS_MD) -> None:
    """Write both files."""
    plain = {name: asdict(entry) for name, entry in entries.items()}
    json_file.write_text(json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    markdown_file.write_text(markdown(entries))


def rounded(value: Number) -> Number:
    """Return the value with four significant digits; more would be noise."""
    if not isinstance(value, float):
        return value
    four = float(f"{value:.4g}")
    return int(four) if abs(four) >= 1000 else four


def shown(value: Number) -> str:
    """Return the value as people read it, thousands apart."""
    return value if isinstance(value, str) else f"{value:,}"


def markdown(entries: Entries) -> str:
    """Return the text of RESULTS.md: the machine, then one table per subject."""
    parts = [_HEAD, *(_section(subject, members) for subject, members in _by_subject(entries))]
    return "\n".join(parts)


def terminal_table(entries: Entries, names: Iterable[str]) -> Table:
    """Return a table of the figures with these names."""
    table = Table("figure", "value", "unit", title=f"Settings and all figures: {RESULTS_MD.name}")
    table.columns[1].justify = "right"
    for name in sorted(names):
        table.add_row(name, shown(entries[name].value), entries[name].unit)
    return table


_HEAD = """\
# What cityops does, measured

Rendered from `results.json` by `make bench`; do not edit. Measure again with `make bench`, or a part with
`make bench ONLY=mqtt`, which renews only that part's figures. Load generator, broker, ingest, database and API share
the one machine described under `machine`. `README.md` beside this file says how each figure is taken.

Not all parts were measured at the same version: each figure names its commit, and is a fact of that commit alone.
`machine` is described by the run that came last. The database has the settings of `machine.postgresql`, unless a
figure names others; the broker has those of `ingest/mosquitto.conf`.
"""


def _by_subject(entries: Entries) -> list[tuple[str, dict[str, Entry]]]:
    subjects = [
        (subject, {name: entries[name] for name in names})
        for subject, names in groupby(sorted(entries), key=lambda name: name.split(".")[0])
    ]
    return sorted(subjects, key=lambda pair: pair[0] != "machine")


def _section(subject: str, members: Mapping[str, Entry]) -> str:
    rows = [
        f"| `{name}` | {shown(one.value)} | {one.unit} | {_settings(one)} | {one.commit} | {one.date[:10]} |"
        for name, one in members.items()
    ]
    header = ["| figure | value | unit | settings | commit | date |", "|---|--:|---|---|---|---|"]
    return "\n".join([f"## {subject}", "", *header, *rows, ""])


def _settings(entry: Entry) -> str:
    return "; ".join(f"{name} {shown(value)}" for name, value in entry.settings.items())
