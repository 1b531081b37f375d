"""The vital-sign tree as a table: each sign followed by what it is made of, down to the indicators."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

_COLUMNS = [
    *("code", "parent", "level", "name_zh", "name_en", "weight", "index", "covered", "present", "leaves", "alarms"),
    *("value", "unit", "as_of", "warning", "why", "share", "lever"),
]
_NUMBERS = ("weight", "index", "covered", "value", "share", "lever")


def vital_sign_table(answer: Mapping[str, Any]) -> pd.DataFrame:
    """Return the signs and leaves of the API's answer as rows, in the order of the tree."""
    table = pd.DataFrame([*_rows(answer)], columns=_COLUMNS)
    return table.astype(dict.fromkeys(_NUMBERS, float))


def _rows(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for sign in answer["signs"]:
        yield {name: told for name, told in sign.items() if name in _COLUMNS}
        for leaf in answer["leaves"]:
            if leaf["parent"] == sign["code"]:
                known = float(leaf["score"] is not None)
                told = {name: one for name, one in leaf.items() if name in _COLUMNS}
                worth = {"code": leaf["indicator"], "level": 3, "index": leaf["score"]}
                yield told | worth | {"covered": known, "present": int(known), "leaves": 1}
