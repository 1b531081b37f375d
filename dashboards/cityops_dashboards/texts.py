"""Words of the screens in Chinese and English, from one catalogue per language with the same keys."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"
_PLURAL = re.compile(r"\{(\w+)\|([^|{}]*)\|([^|{}]*)\}")


@lru_cache
def catalogue(lang: str) -> Mapping[str, str]:
    """Return all texts of a language by key."""
    texts: dict[str, str] = json.loads((files(__package__) / "i18n" / f"{lang}.json").read_text(encoding="utf-8"))
    return texts


def text(lang: str, key: str, **values: object) -> str:
    """Return one text with its placeholders filled; `{n|device|devices}` is the first word for 1, else the second.

    Raises
    ------
    KeyError
        The catalogue lacks the key.
    """
    return _PLURAL.sub(lambda found: _counted(found, values), catalogue(lang)[key]).format(**values)


def _counted(found: re.Match[str], values: Mapping[str, object]) -> str:
    name, one, other = found.groups()
    return one if str(values[name]) == "1" else other


def name(lang: str, thing: Any) -> str:
    """Return the name of anything that has `name_zh` and `name_en`."""
    return str(thing.name_zh if lang == "zh" else thing.name_en)


def unit(lang: str, symbol: str) -> str:
    """Return a unit as the language writes it; most are symbols and stay."""
    return catalogue(lang).get(f"data.unit.{symbol}", symbol)
