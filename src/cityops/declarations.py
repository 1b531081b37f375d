"""Reads what people declare in YAML: each fault with line and column, what is wrong, and what may have been meant.

A scene and a theme of indicators are such files. YAML's traps are shut: a key that stands twice, `no` and `on` for
booleans, `12:30` for a number of seconds, anchors.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from cityops.errors import CityopsError

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_KEY = "[key]"
"""Pydantic's word for a key that is wrong itself."""


class Strict(BaseModel):
    """Takes nothing that it does not know: a word that is misspelt is an error, not a wish that is ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Declared = TypeVar("Declared", bound=BaseModel)


class AtError(ValueError):
    """Something is wrong at a place of the file that no single field tells."""

    def __init__(self, path: tuple[str, ...], words: str) -> None:
        self.path = path
        super().__init__(words)


@dataclass(frozen=True, slots=True, order=True)
class DeclarationFault:
    """What is wrong at a place of a file, both counted from 1; `path` names the item, such as `panels.map.0`."""

    line: int
    column: int
    path: str
    words: str

    def __str__(self) -> str:
        """Return it as editors and terminals can jump to it, after the file's name and a colon."""
        return f"{self.line}:{self.column} {self.path}: {self.words}".replace(" : ", " ")


class DeclarationError(CityopsError):
    """A file is not what it should declare; `faults` holds all that is wrong with it."""

    def __init__(self, name: str, faults: Sequence[DeclarationFault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(f"{name}:{fault}" for fault in self.faults))


def _nothing(_root: yaml.MappingNode) -> list[DeclarationFault]:
    return []


@dataclass(frozen=True)
class DeclarationForm(Generic[Declared]):
    """What a file of one kind declares, and how its faults are told.

    `noun` and `nouns` are what people call it, `such_as` how an item of a list or a mapping is written, by `list` and
    `mapping`; `before` looks at a file before it is held against the model, as for words of an older form.
    """

    model: type[Declared]
    noun: str
    nouns: str
    largest: int
    such_as: Mapping[str, str]
    before: Callable[[yaml.MappingNode], list[DeclarationFault]] = _nothing


@dataclass(frozen=True)
class DeclaredFile(Generic[Declared]):
    """What a file declares, with the places in it, so that what is wrong beside other files is told there too."""

    name: str
    content: Declared
    root: yaml.MappingNode = field(repr=False)

    def fault(self, path: tuple[str, ...], words: str) -> DeclarationFault:
        """Return what is wrong with the item at a path."""
        return at(node(self.root, path, of_key=False), path, words)


def read_file(text: str, name: str, form: DeclarationForm[Declared], context: Any = None) -> DeclaredFile[Declared]:
    """Return what a file declares; `name` is the file's, for the words of faults, `context` is for validators.

    Raises
    ------
        DeclarationError: It is no YAML, says a thing twice, or is not of the form.

    """
    root = _root(text, name, form)
    if faults := [*_twice(root, ())] or form.before(root):
        raise DeclarationError(name, faults)
    try:
        return DeclaredFile(name, form.model.model_validate(value(root), context=context), root)
    except ValidationError as error:
        raise DeclarationError(name, [_fault(root, one, form) for one in _own(error.errors())]) from error


def meant(word: str, words: Sequence[str]) -> str:
    """Return which of some words may have been meant, as the end of a sentence; nothing where none is near."""
    near = get_close_matches(word, words, n=1)
    return f", did you mean '{near[0]}'?" if near else ""


def at(where: yaml.Node, path: Sequence[str], words: str) -> DeclarationFault:
    """Return a fault at a node of a file."""
    mark = where.start_mark
    return DeclarationFault(mark.line + 1, mark.column + 1, ".".join(path), words)


def value(node: yaml.Node) -> Any:
    """Return what a node says: only true, false, null and plain decimals are other things than text."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: value(one) for key, one in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [value(one) for one in node.value]
    if node.style is None and node.value in {"true", "false"}:
        return node.value == "true"
    if node.style is None and node.value in {"", "null", "~"}:
        return None
    if node.style is None and _NUMBER.fullmatch(node.value):
        return float(node.value) if "." in node.value else int(node.value)
    return node.value


def node(root: yaml.Node, path: Sequence[str], *, of_key: bool) -> yaml.Node:
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


def _root(text: str, name: str, form: DeclarationForm[Declared]) -> yaml.MappingNode:
    def refused(line: int, column: int, words: str) -> DeclarationError:
        return DeclarationError(name, [DeclarationFault(line, column, "", words)])

    if len(text) > form.largest:
        raise refused(1, 1, f"longer than {form.largest} characters; {form.noun} is one short file")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_anchors(text, form.nouns)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise refused(line, column, f"no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise refused(1, 1, f"no YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise refused(1, 1, f"{form.noun} is a mapping, which begins with `version: 1`")
    return root


def _refuse_anchors(text: str, nouns: str) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(
                problem=f"anchors and aliases are not for {nouns}; write it out", problem_mark=event.start_mark
            )


def _twice(here: yaml.Node, path: tuple[str, ...]) -> Iterator[DeclarationFault]:
    if isinstance(here, yaml.SequenceNode):
        for number, one in enumerate(here.value):
            yield from _twice(one, (*path, str(number)))
    if not isinstance(here, yaml.MappingNode):
        return
    known: dict[str, int] = {}
    for key, one in here.value:
        deeper = (*path, str(key.value))
        if not isinstance(key, yaml.ScalarNode):
            yield at(key, path, "a key is a word")
        elif key.value in known:
            yield at(key, deeper, f"stands in line {known[key.value]} already")
        else:
            known[key.value] = key.start_mark.line + 1
            yield from _twice(one, deeper)


def _own(errors: Sequence[Any]) -> Iterator[Any]:
    """Return the errors but those that only follow from others: a list counts as short of what is wrong in it."""
    for error in errors:
        deeper = [one for one in errors if one["loc"][: len(error["loc"])] == error["loc"] and one is not error]
        if error["type"] != "too_short" or not deeper:
            yield error


def _fault(root: yaml.Node, error: Any, form: DeclarationForm[Declared]) -> DeclarationFault:
    """Return where pydantic's error stands in the file, in our words."""
    path, models = _followed(form.model, [str(part) for part in error["loc"]])
    further = getattr(error.get("ctx", {}).get("error"), "path", ())
    path = (*path, *further)
    of_key = error["type"] == "extra_forbidden" or path[-1:] == (_KEY,) or bool(further)
    path = tuple(part for part in path if part != _KEY)
    return at(node(root, path, of_key=of_key), path, _words(error, path, models, form))


def _followed(model: type[BaseModel], loc: Sequence[str]) -> tuple[tuple[str, ...], list[type[BaseModel]]]:
    """Return a path as it is in the file, without the tags of unions, and the models that may stand at its end.

    Where a field is wrong, these are the models that the field is of.
    """
    here: list[Any] = [model]
    path: list[str] = []
    owners: list[type[BaseModel]] = [model]
    for part in loc:
        models = [one for one in here if isinstance(one, type) and issubclass(one, BaseModel)]
        tagged = [one for one in models if part in _tags(one)]
        if len(models) > 1 and tagged:
            here = list(tagged)
            owners = tagged
            continue
        path.append(part)
        owners = models or owners
        here = [leaf for one in here for leaf in _below(one, part)]
    last = [one for one in here if isinstance(one, type) and issubclass(one, BaseModel)]
    return tuple(path), last if len(last) > 1 else owners


def _tags(model: type[BaseModel]) -> set[str]:
    """Return the words by which a union tells a model from others."""
    found = (one.annotation for one in model.model_fields.values() if get_origin(one.annotation) is Literal)
    return {str(word) for annotation in found for word in get_args(annotation)}


def _below(annotation: Any, part: str) -> list[Any]:
    """Return the types of what stands under a key or a place of what is of a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        names = {(one.alias or name): one for name, one in annotation.model_fields.items()}
        return _leaves(names[part].annotation) if part in names else []
    if get_origin(annotation) is dict:
        return _leaves(get_args(annotation)[1])
    return _leaves(get_args(annotation)[0]) if get_origin(annotation) in {list, tuple} else []


def _leaves(annotation: Any) -> list[Any]:
    """Return the types that one may be, without what only bounds them."""
    if get_origin(annotation) is Annotated:
        return _leaves(get_args(annotation)[0])
    if get_origin(annotation) in {dict, list, tuple, Literal} or not get_args(annotation):
        return [annotation]
    return [leaf for one in get_args(annotation) for leaf in _leaves(one)]


def _words(
    error: Any, path: tuple[str, ...], models: Sequence[type[BaseModel]], form: DeclarationForm[Declared]
) -> str:
    told = _TOLD.get(error["type"])
    if told is not None:
        return told(error)
    if error["type"] in _SUCH:
        what = _SUCH[error["type"]]
        return f"is a {what}, such as {form.such_as[what]}"
    if error["type"] == "union_tag_not_found":
        told_by = error["ctx"]["discriminator"][1:-1]
        tags = (tag for one in models for tag in get_args(one.model_fields[told_by].annotation))
        return f"says no {told_by}, which is one of {', '.join(tags)}"
    if error["type"] == "extra_forbidden":
        fields = [one.alias or name for model in models for name, one in model.model_fields.items()]
        return f"is no part of {form.noun}" + meant(path[-1], fields)
    message: str = error["msg"]
    return f"{message[0].lower()}{message[1:]}, not {error['input']!r}" if path else message


def _choice(error: Any) -> str:
    """Return what may stand where only certain words may."""
    words = re.findall(r"'([^']*)'", error["ctx"].get("expected") or error["ctx"]["expected_tags"])
    given = str(error["ctx"].get("tag", error["input"]))
    return f"unknown '{given}'" + (meant(given, words) or f", it is one of {', '.join(words)}")


def _count(error: Any) -> str:
    bounds = {"min_length": "at least", "max_length": "at most"}
    bound, words = next((error["ctx"][one], words) for one, words in bounds.items() if one in error["ctx"])
    return f"names {error['ctx']['actual_length']}; {words} {bound} belong here"


def _whole(error: Any) -> str:
    return f"is a whole number, not {error['input']!r}"


_SUCH: Mapping[str, str] = {
    "tuple_type": "list",
    "list_type": "list",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "dict_type": "mapping",
}
"""By pydantic's code of an error, what should have stood there."""

_TOLD: Mapping[str, Callable[[Any], str]] = {
    "missing": lambda _: "is missing",
    "value_error": lambda error: str(error["ctx"]["error"]),
    "too_short": _count,
    "too_long": _count,
    "literal_error": lambda error: _choice(error) if "'" in error["ctx"]["expected"] else error["msg"],
    "enum": _choice,
    "union_tag_invalid": _choice,
    "int_parsing": _whole,
    "int_type": _whole,
    "int_from_float": _whole,
}
"""By pydantic's code of an error, what it means to whoever wrote the file."""
