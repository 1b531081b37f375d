"""Topics as RabbitMQ's MQTT plugin has them in routing keys: `/` is `.` there, and a dot within a level stays one.

So a key alone does not tell its topic. Ours has at most one level that may hold dots, the device, which stands last;
topics of routes are told by their filters, which know where dots belong.
"""

import re
from collections.abc import Iterable

from cityops.wire.topics import PREFIX

_OWN_LEVELS = 5
"""cityops/v1/<kind>/<source>/<device>."""


def binding_of(filter_: str) -> str:
    """Return the binding key for an MQTT topic filter.

    `+` becomes `#`, any number of words, since a level with a dot in it is several; what a filter would not have
    matched is refused by whoever takes it.
    """
    return ".".join("#" if level in {"+", "#"} else level for level in filter_.split("/"))


class TopicNames:
    """Reads routing keys back into topics; those of routes by the routes' filters."""

    def __init__(self, filters: Iterable[str] = ()) -> None:
        self._own = f"{PREFIX.replace('/', '.')}."
        self._known = [(re.compile(_pattern(one)), one.split("/")) for one in filters]

    def topic_of(self, key: str) -> str:
        """Return the topic that a message was published to, as far as its key tells."""
        if key.startswith(self._own):
            return "/".join(key.split(".", _OWN_LEVELS - 1))
        for pattern, levels in self._known:
            if found := pattern.fullmatch(key):
                return _filled(levels, found.groups())
        return key.replace(".", "/")


def _pattern(filter_: str) -> str:
    """Return what keys of a filter look like, with a group for each wildcard; `#` stands for levels that end it."""
    words = {"+": "(.+?)", "#": "(.*)"}
    return r"\.".join(words.get(level) or re.escape(level) for level in filter_.split("/"))


def _filled(levels: Iterable[str], found: Iterable[str]) -> str:
    values = iter(found)
    filled = {"+": lambda: next(values), "#": lambda: next(values).replace(".", "/")}
    return "/".join(filled[level]() if level in filled else level for level in levels)
