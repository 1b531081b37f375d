"""Reads a scene from YAML: each fault with its line and column, what is wrong there, and what may have been meant.

YAML's traps are shut: a key that stands twice, `no` and `on` for booleans, `12:30` for a number of seconds, anchors.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from cityops.errors import CityopsError
from cityops_dashboards.scenes.catalogue import FIGURES
from cityops_dashboards.scenes.model import Generate, Hold, Scene, SceneLayout, Shares, When, Words

LARGEST = 100_000
"""Characters of a file; the longest shipped one has a thousand."""

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_PARTS: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Scene,
    ("title",): Words,
    ("when",): When,
    ("hold",): Hold,
    ("layout",): SceneLayout,
    ("layout", "weights"): Shares,
    ("variants",): SceneLayout,
    ("variants", "weights"): Shares,
    ("generate",): Generate,
}
"""What stands where in a file; below `variants` without the name of the screen's shape."""
_KEY = "[key]"
"""Pydantic's word for a key that is wrong itself."""


@dataclass(frozen=True, slots=True, order=True)
class SceneFault:
    """What is wrong at a place of a file, both counted from 1; `path` names the item, such as `panels.map.0`."""

    line: int
    column: int
    path: str
    words: str

    def __str__(self) -> str:
        """Return it as editors and terminals can jump to it, after the file's name and a colon."""
        return f"{self.line}:{self.column} {self.path}: {self.words}".replace(" : ", " ")


class SceneError(CityopsError):
    """A file is no scene; `faults` holds all that is wrong with it."""

    def __init__(self, name: str, faults: Sequence[SceneFault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(f"{name}:{fault}" for fault in self.faults))


def read(text: str, name: str) -> Scene:
    """Return the scene that a file says; `name` is the file's, for the words of faults.

    Raises
    ------
        SceneError: It is no YAML, says a thing twice, or is no scene.

    """
    if len(text) > LARGEST:
        raise SceneError(name, [SceneFault(1, 1, "", f"longer than {LARGEST} characters; a scene is one short file")])
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_anchors(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise SceneError(name, [SceneFault(line, column, "", f"no YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise SceneError(name, [SceneFault(1, 1, "", f"no YAML: {error}")]) from error
    if not isinstance(root, yaml.MappingNode):
        raise SceneError(name, [SceneFault(1, 1, "", "a scene is a mapping, which begins with `version: 1`")])
    if faults := [*_twice(root, ())] or older(root):
        raise SceneError(name, faults)
    try:
        return Scene.model_validate(_value(root))
    except ValidationError as error:
        raise SceneError(name, [_fault(root, one) for one in _own(error.errors())]) from error


def _refuse_anchors(text: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not for scenes; write it out", problem_mark=event.start_mark
            )


def _value(node: yaml.Node) -> Any:
    """Return what a node says: only true, false, null and plain decimals are other things than text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(one) for one in node.value]
    if node.style is None and node.value in {"true", "false"}:
        return node.value == "true"
    if node.style is None and node.value in {"", "null", "~"}:
        return None
    if node.style is None and _NUMBER.fullmatch(node.value):
        return float(node.value) if "." in node.value else int(node.value)
    return node.value


def _twice(node: yaml.Node, path: tuple[str, ...]) -> Iterator[SceneFault]:
    if isinstance(node, yaml.SequenceNode):
        for number, one in enumerate(node.value):
            yield from _twice(one, (*path, str(number)))
    if not isinstance(node, yaml.MappingNode):
        return
    known: dict[str, int] = {}
    for key, value in node.value:
        here = (*path, str(key.value))
        if not isinstance(key, yaml.ScalarNode):
            yield _at(key, path, "a key is a word")
        elif key.value in known:
            yield _at(key, here, f"stands in line {known[key.value]} already")
        else:
            known[key.value] = key.start_mark.line + 1
            yield from _twice(value, here)


def _at(node: yaml.Node, path: Sequence[str], words: str) -> SceneFault:
    mark = node.start_mark
    return SceneFault(mark.line + 1, mark.column + 1, ".".join(path), words)


def older(root: yaml.MappingNode) -> list[SceneFault]:
    """Return what to write instead where a file is of the form before slots, which named indicators alone."""
    panels = _node(root, ("panels",), of_key=False)
    if not isinstance(panels, yaml.MappingNode):
        return []
    return [
        _at(key, ("panels", key.value), f"is of the form before slots; write {_renewed(key.value, _value(value))}")
        for key, value in panels.value
        if key.value in OLDER and isinstance(value, yaml.SequenceNode)
    ]


OLDER: Mapping[str, tuple[str, str, int]] = {
    "headlines": ("vitals", "vitals", 6),
    "trends": ("trends", "trends", 2),
    "map": ("map", "map", 4),
}
"""By a word of the form before slots: the slot and figure that are written now, and how many indicators it has."""


def _renewed(word: str, codes: Sequence[str]) -> str:
    slot, figure, most = OLDER[word]
    named = ", ".join(map(str, codes[:most]))
    return f"`{slot}: {{figure: {figure}, indicators: [{named}]}}` (cityops scenes migrate)"


def _fault(root: yaml.Node, error: Any) -> SceneFault:
    """Return where pydantic's error stands in the file, in our words."""
    path = tuple(str(part) for part in error["loc"])
    path, figure = _without_figure(path)
    at = getattr(error.get("ctx", {}).get("error"), "path", ())
    path = (*path, *at)
    of_key = error["type"] == "extra_forbidden" or path[-1:] == (_KEY,) or bool(at)
    path = tuple(part for part in path if part != _KEY)
    return _at(_node(root, path, of_key=of_key), path, _words(error, path, figure))


def _own(errors: Sequence[Any]) -> Iterator[Any]:
    """Return the errors but those that only follow from others: a list counts as short of what is wrong in it."""
    for error in errors:
        deeper = [one for one in errors if one["loc"][: len(error["loc"])] == error["loc"] and one is not error]
        if error["type"] != "too_short" or not deeper:
            yield error


def _without_figure(path: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return a path as it is in the file, and the figure that pydantic has put into it."""
    if path[:1] == ("panels",) and len(path) > 2 and path[2] in FIGURES:
        return (*path[:2], *path[3:]), path[2]
    return path, ""


def _node(root: yaml.Node, path: Sequence[str], *, of_key: bool) -> yaml.Node:
    """Return the node that a path leads to; where one is missing, the last there is on the way."""
    here = root
    for number, part in enumerate(path):
        if isinstance(here, yaml.SequenceNode):
            here = here.value[int(part)]
            continue
        found = next((pair for pair in getattr(here, "value", ()) if pair[0].value == part), None)
        if found is None:
            return here
        here = found[0] if of_key and number == len(path) - 1 else found[1]
    return here


def _words(error: Any, path: tuple[str, ...], figure: str) -> str:
    told = _TOLD.get(error["type"])
    if told is not None:
        return told(error)
    if error["type"] == "extra_forbidden":
        return "is no part of a scene" + _meant(path[-1], _fields(path[:-1], figure))
    message: str = error["msg"]
    return f"{message[0].lower()}{message[1:]}, not {error['input']!r}" if path else message


def _fields(path: tuple[str, ...], figure: str) -> Sequence[str]:
    """Return what may stand at a place of a file."""
    if figure:
        return tuple(FIGURES[figure].model_fields)
    if path[:1] == ("variants",):
        path = (path[0], *path[2:])
    part = _PARTS.get(path)
    return tuple(part.model_fields) if part else ()


def _meant(word: str, words: Sequence[str]) -> str:
    near = get_close_matches(word, words, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def _choice(error: Any) -> str:
    """Return what may stand where only certain words may."""
    words = re.findall(r"'([^']*)'", error["ctx"].get("expected") or error["ctx"]["expected_tags"])
    given = str(error["ctx"].get("tag", error["input"]))
    return f"unknown '{given}'" + (_meant(given, words) or f", it is one of {', '.join(words)}")


def _count(error: Any) -> str:
    bounds = {"min_length": "at least", "max_length": "at most"}
    bound, words = next((error["ctx"][one], words) for one, words in bounds.items() if one in error["ctx"])
    return f"names {error['ctx']['actual_length']}; {words} {bound} belong here"


def _whole(error: Any) -> str:
    return f"is a whole number, not {error['input']!r}"


_TOLD: Mapping[str, Callable[[Any], str]] = {
    "missing": lambda _: "is missing",
    "value_error": lambda error: str(error["ctx"]["error"]),
    "too_short": _count,
    "too_long": _count,
    "tuple_type": lambda _: "is a list, such as [pm25, rain_3h]",
    "literal_error": lambda error: _choice(error) if "'" in error["ctx"]["expected"] else error["msg"],
    "union_tag_invalid": _choice,
    "union_tag_not_found": lambda _: f"says no figure, which is one of {', '.join(FIGURES)}",
    "model_type": lambda _: "is a mapping, such as {figure: alarms}",
    "model_attributes_type": lambda _: "is a mapping, such as {figure: alarms}",
    "int_parsing": _whole,
    "int_type": _whole,
    "int_from_float": _whole,
}
"""By pydantic's code of an error, what it means to whoever wrote the file."""
