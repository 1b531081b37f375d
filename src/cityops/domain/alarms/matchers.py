"""Matchers: which alarms are meant by their labels; and inhibition, by which one alarm keeps others quiet.

The words and their meaning are Alertmanager's: a source matcher, a target matcher, labels that must be equal.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LABELS = (
    "rule",
    "class",
    "subject",
    "metric",
    "level",
    "priority",
    "kind",
    "source_system",
    "district",
    "street",
    "device",
)
"""What alarms are told apart, matched and grouped by."""

_MATCHER = re.compile(r"([a-z_]+)=([^\s=,;>@]+)")


class MatcherError(ValueError):
    """A matcher or an inhibition that cannot be read: why, and what would do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label and the values that are meant."""

    label: str
    values: frozenset[str]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether an alarm of these labels is meant."""
        return labels.get(self.label, "") in self.values

    def __str__(self) -> str:
        """Return it as files have it: `level=orange|red`."""
        return f"{self.label}={'|'.join(sorted(self.values))}"


@dataclass(frozen=True, slots=True)
class Inhibition:
    """An alarm that `source` matches keeps those quiet that `target` matches and that equal it in `equal`."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]

    def inhibits(self, source: Mapping[str, str], target: Mapping[str, str]) -> bool:
        """Tell whether an alarm of labels `source` keeps one of labels `target` quiet; an empty label equals none."""
        return (
            all(one.matches(source) for one in self.source)
            and all(one.matches(target) for one in self.target)
            and all(source.get(label) and source.get(label) == target.get(label) for label in self.equal)
        )

    def __str__(self) -> str:
        """Return it as files have it: `level=red > rule=device_silent @ district kind`."""
        parts = [
            " ".join(map(str, self.source)),
            ">",
            " ".join(map(str, self.target)),
            "@" if self.equal else "",
            " ".join(self.equal),
        ]
        return " ".join(part for part in parts if part)


def inhibitions(text: str) -> tuple[Inhibition, ...]:
    """Read inhibitions of a cell, parted by `;`: `[source matchers] > target matchers [@ equal labels]`.

    Raises
    ------
    MatcherError
        One cannot be read, or names an unknown label.
    """
    return tuple(_inhibition(part.strip()) for part in text.split(";") if part.strip())


def _inhibition(text: str) -> Inhibition:
    source, arrow, rest = text.partition(">")
    target, _, equal = rest.partition("@")
    if not arrow or not target.strip():
        raise MatcherError(f"{text!r} inhibits nothing", "write `[source] > target [@ equal labels]`")
    names = tuple(equal.split())
    if strange := [name for name in names if name not in LABELS]:
        raise MatcherError(f"{strange[0]!r} is no label", f"write one of {', '.join(LABELS)}")
    return Inhibition(matchers(source), matchers(target), names)


def matchers(text: str) -> tuple[Matcher, ...]:
    """Read matchers parted by blanks: `class=flood level=orange|red`.

    Raises
    ------
    MatcherError
        One cannot be read, or names an unknown label.
    """
    return tuple(_matcher(word) for word in text.split())


def _matcher(word: str) -> Matcher:
    found = _MATCHER.fullmatch(word)
    if not found:
        raise MatcherError(f"{word!r} is no matcher", "write `label=value` or `label=one|other`")
    if found[1] not in LABELS:
        raise MatcherError(f"{found[1]!r} is no label", f"write one of {', '.join(LABELS)}")
    values = frozenset(found[2].split("|"))
    if "" in values:
        raise MatcherError(f"{word!r} has an empty value", "write `label=one|other`")
    return Matcher(found[1], values)


def loop(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a loop among nodes that point at others, its first node at both ends; empty where there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        if found := _walk(start, edges, done, path):
            return found
    return []


def _walk(node: str, edges: Mapping[str, Sequence[str]], done: set[str], path: list[str]) -> list[str]:
    if node in path:
        return [*path[path.index(node) :], node]
    if node in done:
        return []
    path.append(node)
    for other in edges.get(node, ()):
        if found := _walk(other, edges, done, path):
            return found
    path.pop()
    done.add(node)
    return []
