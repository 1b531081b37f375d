"""What a scene may say: one model, from which its file is read, its JSON Schema is written and the wall is drawn."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cityops import reference

LEAST_DWELL_S, MOST_DWELL_S = 10, 3600
"""A scene that goes sooner cannot be read; one that stays longer is no rotation."""

_DURATION = re.compile(r"(\d+)(s|min)")


def _indicators() -> list[str]:
    return [metric.code for metric in reference.metrics()]


def _departments() -> list[str]:
    return [row["code"] for row in reference.rows("departments")]


def _indicator(code: str) -> str:
    return _declared(code, _indicators())


def _department(code: str) -> str:
    return _declared(code, _departments())


def _declared(code: str, codes: Sequence[str]) -> str:
    if code not in codes:
        near = get_close_matches(code, codes, n=1)
        raise ValueError(f"unknown '{code}'" + (f", did you mean '{near[0]}'?" if near else ""))
    return code


def _once(codes: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((code for number, code in enumerate(codes) if code in codes[:number]), None)
    if twice:
        raise ValueError(f"'{twice}' is named twice; each indicator has one place in a panel")
    return codes


def _seconds(given: Any) -> Any:
    """Return a duration such as `30s` or `2min` in seconds."""
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError(f"'{given}' is no duration; write it like 30s or 2min")
    return int(found[1]) * (60 if found[2] == "min" else 1)


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Indicator = Annotated[
    str, AfterValidator(_indicator), Field(json_schema_extra=lambda told: told.update(enum=_indicators()))
]
Department = Annotated[
    str, AfterValidator(_department), Field(json_schema_extra=lambda told: told.update(enum=_departments()))
]
Dwell = Annotated[
    int,
    BeforeValidator(_seconds, json_schema_input_type=Annotated[str, Field(pattern=f"^{_DURATION.pattern}$")]),
    Field(ge=LEAST_DWELL_S, le=MOST_DWELL_S),
]


class _Strict(BaseModel):
    """Takes nothing that it does not know: a word that is misspelt is an error, not a wish that is ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The same in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=12)]
    en: Annotated[str, Field(min_length=1, max_length=32)]

    def in_(self, lang: str) -> str:
        """Return the words in a language of the interface."""
        return self.zh if lang == "zh" else self.en


class Panels(_Strict):
    """Which indicators stand in which panel; places are the wall's own, and the same in every scene."""

    headlines: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=5), AfterValidator(_once)]
    """Tiles with a number each, beside the two of devices and cases that every scene has."""
    trends: Annotated[tuple[Indicator, ...], Field(min_length=4, max_length=8), AfterValidator(_once)]
    """Lines of the last day, one under the other."""
    map: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=4), AfterValidator(_once)]
    """Districts by an indicator: the first is shown, the others are offered beside it."""


class Scene(_Strict):
    """One scene of the wall: who answers for it, what its panels show, which key chooses it."""

    version: Literal[1]
    kind: Literal["Scene"]
    id: Code
    title: Words
    owner: Department
    """The department that answers for what is shown."""
    key: Annotated[int, Field(ge=1, le=9)]
    dwell: Dwell = 30
    """How long it stays while the wall rotates, in seconds."""
    panels: Panels

    @model_validator(mode="after")
    def _shown_first_is_told(self) -> "Scene":
        first, told = self.panels.map[0], self.panels.headlines
        if first not in told:
            raise ValueError(f"panels.map shows '{first}' first, and no headline tells its number; name it there too")
        return self


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scene, with the codes of the indicators and departments there are."""
    return Scene.model_json_schema()
