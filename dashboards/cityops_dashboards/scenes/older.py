"""Files of the form before slots: writes what they say in the form of now, and leaves the rest as it stands."""

import yaml

from cityops_dashboards.scenes.read import OLDER

USUAL = ("alarms", "cases", "roster")
"""Slots that the older form filled by itself."""


def renewed(text: str) -> str:
    """Return a file in the form of now; one that is of it already comes back as it was."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    panels = next((one for one in getattr(root, "value", ()) if one[0].value == "panels"), None)
    if panels is None or not _is_older(panels[1]):
        return text
    lines = text.splitlines(keepends=True)
    before, after = lines[: panels[0].start_mark.line], lines[_end(panels[1]) :]
    return "".join([*before, *_written(panels[1]), *after])


def _is_older(panels: yaml.Node) -> bool:
    pairs = panels.value if isinstance(panels, yaml.MappingNode) else ()
    return any(key.value in OLDER and isinstance(value, yaml.SequenceNode) for key, value in pairs)


def _end(panels: yaml.Node) -> int:
    """Return the line after the last one of a block."""
    ends = [value.end_mark for _, value in panels.value]
    return max(int(mark.line + (mark.column > 0)) for mark in ends)


def _written(panels: yaml.MappingNode) -> list[str]:
    found = ["panels:\n"]
    for key, value in panels.value:
        slot, figure, most = OLDER[key.value]
        codes = ", ".join(one.value for one in value.value[:most])
        found.append(f"  {slot}: {{figure: {figure}, indicators: [{codes}]}}\n")
    return [*found, *(f"  {slot}: {{figure: {slot}}}\n" for slot in USUAL)]
