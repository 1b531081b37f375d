"""Reads a scene from YAML by the reader of all declarations; what is of the form before slots is told apart."""

from collections.abc import Mapping, Sequence

import yaml

from cityops.declarations import DeclarationFault, DeclarationForm, at, node, read_file, value
from cityops_dashboards.scenes.model import Scene

LARGEST = 100_000
"""Characters of a file; the longest shipped one has a thousand."""


def read(text: str, name: str) -> Scene:
    """Return the scene that a file says; `name` is the file's, for the words of faults.

    Raises
    ------
        DeclarationError: It is no YAML, says a thing twice, or is no scene.

    """
    return read_file(text, name, _FORM).content


def older(root: yaml.MappingNode) -> list[DeclarationFault]:
    """Return what to write instead where a file is of the form before slots, which named indicators alone."""
    panels = node(root, ("panels",), of_key=False)
    if not isinstance(panels, yaml.MappingNode):
        return []
    return [
        at(key, ("panels", key.value), f"is of the form before slots; write {_renewed(key.value, value(one))}")
        for key, one in panels.value
        if key.value in OLDER and isinstance(one, yaml.SequenceNode)
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


_FORM = DeclarationForm(
    Scene,
    noun="a scene",
    nouns="scenes",
    largest=LARGEST,
    such_as={"list": "[pm25, rain_3h]", "mapping": "{figure: alarms}"},
    before=older,
)
