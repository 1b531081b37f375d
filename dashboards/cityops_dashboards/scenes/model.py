"""What a scene may say: one model, from which its file is read, its JSON Schema is written and the wall is drawn."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from cityops.declarations import AtError, Strict
from cityops_dashboards.scenes.catalogue import (
    AlarmsPanel,
    CasesPanel,
    Department,
    Figure,
    Indicator,
    MapPanel,
    Panel,
)
from cityops_dashboards.scenes.codes import once
from cityops_dashboards.scenes.filters import LEVELS, AlarmsChosen, CasesChosen
from cityops_dashboards.scenes.frame import OUTER, UNDER, ScreenForm, form, is_rectangle

LEAST_DWELL_S, MOST_DWELL_S = 10, 3600
"""A scene that goes sooner cannot be read; one that stays longer is no rotation."""
KEYS = "1234567890-=[]"
"""The upper row of a keyboard, in its order, and the two keys below its end; the number pad has the first eleven."""

_DURATION = re.compile(r"(\d+)(s|min)")
_DISTANCE = re.compile(r"(\d+(?:\.\d+)?)m")


def _seconds(given: Any) -> Any:
    """Return a duration such as `30s` or `2min` in seconds."""
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError(f"'{given}' is no duration; write it like 30s or 2min")
    return int(found[1]) * (60 if found[2] == "min" else 1)


def _metres(given: Any) -> Any:
    """Return a distance such as `5m` in metres."""
    found = _DISTANCE.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError(f"'{given}' is no distance; write it like 5m or 2.5m")
    return float(found[1])


def _key(given: Any) -> Any:
    """Return a key as it is written on the keyboard, where YAML takes a digit for a number."""
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _rows(areas: tuple[str, ...]) -> tuple[str, ...]:
    """Return areas as CSS would take them: rows of as many words each, each word's cells a rectangle."""
    lengths = [len(row.split()) for row in areas]
    if min(lengths) == 0 or min(lengths) < max(lengths):
        raise ValueError(f"each row has as many words as the others, not {', '.join(map(str, lengths))}")
    for slot in dict.fromkeys(" ".join(areas).split()):
        if slot in OUTER:
            raise ValueError(f"'{slot}' is the wall's own and stands in every scene; leave it out")
        if not is_rectangle(areas, slot):
            raise ValueError(f"'{slot}' is no rectangle; its words stand beside and below each other")
    return areas


Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Slot = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")]
Key = Annotated[str, BeforeValidator(_key, json_schema_input_type=str | int), Field(pattern=r"^[0-9=\[\]-]$")]
Dwell = Annotated[
    int,
    BeforeValidator(_seconds, json_schema_input_type=Annotated[str, Field(pattern=f"^{_DURATION.pattern}$")]),
    Field(ge=LEAST_DWELL_S, le=MOST_DWELL_S),
]
Distance = Annotated[
    float,
    BeforeValidator(_metres, json_schema_input_type=Annotated[str, Field(pattern=f"^{_DISTANCE.pattern}$")]),
    Field(gt=0, le=50),
]
Weights = Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(min_length=1, max_length=12)]
Level = Literal["blue", "yellow", "orange", "red"]
Mode = Literal["normal", "alert", "emergency", "event"]
FormCode = Literal["16:9", "21:9", "32:9", "9:16"]


class Words(Strict):
    """The same in both languages."""

    zh: Annotated[str, Field(min_length=1, max_length=12)]
    en: Annotated[str, Field(min_length=1, max_length=32)]

    def in_(self, lang: str) -> str:
        """Return the words in a language of the interface."""
        return self.zh if lang == "zh" else self.en


class Shares(Strict):
    """How room is shared out: 2 is twice as much as 1."""

    columns: Weights | None = None
    rows: Weights | None = None


class SceneLayout(Strict):
    """Where slots stand between situation and rail, in rows of words as CSS grids have them."""

    areas: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z0-9 ]+$")], ...],
        Field(min_length=1, max_length=8),
        AfterValidator(_rows),
    ]
    weights: Shares = Shares()

    @model_validator(mode="after")
    def _shared_out(self) -> "SceneLayout":
        for what, tracks in (("columns", len(self.areas[0].split())), ("rows", len(self.areas))):
            given = getattr(self.weights, what)
            if given is not None and len(given) != tracks:
                raise ValueError(f"weights.{what} are {len(given)}, and the areas have {tracks} {what}")
        return self

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots that it names, in reading order."""
        return tuple(dict.fromkeys(" ".join(self.areas).split()))

    def on(self, frame: ScreenForm) -> ScreenForm:
        """Return a form of screen with these slots on it."""
        columns, rows = len(self.areas[0].split()), len(self.areas)
        return frame.scene(self.areas, self.weights.columns or (1,) * columns, self.weights.rows or (1,) * rows)


class When(Strict):
    """When the scene belongs to the wall."""

    mode: Annotated[tuple[Mode, ...], Field(min_length=1), AfterValidator(once)]
    """Modes of the city; in the others it is neither paged to nor rotated to, though its key still chooses it."""


class Hold(Strict):
    """Which alarms bring the scene up where scenes rotate, until somebody acknowledges them or they are over."""

    level: Annotated[tuple[Level, ...], Field(min_length=1), AfterValidator(once)]
    metrics: Annotated[tuple[Indicator, ...], Field(min_length=1, max_length=12), AfterValidator(once)]
    """Of two scenes that hold for the same metric it is the one that names it earlier."""

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels as numbers, 4 the gravest."""
        return tuple(LEVELS[one] for one in self.level)


class Generate(Strict):
    """Makes several scenes of one file; `{name}` in the title is the name of each."""

    for_each: Literal["districts"]


@dataclass(frozen=True, slots=True)
class Panels:
    """Which indicators stand in the panels that pages have too: numbers, lines, what a map offers, and cards."""

    headlines: tuple[str, ...]
    trends: tuple[str, ...]
    map: tuple[str, ...]
    cards: tuple[str, ...] = ()


class Scene(Strict):
    """One scene of the wall: who answers for it, what its panels show and where, what brings it up."""

    version: Literal[1]
    kind: Literal["Scene"]
    id: Code
    title: Words
    owner: Department
    """The department that answers for what is shown."""
    key: Key | None = None
    """The key that chooses it: a digit, or one of `-`, `=`, `[` and `]` at the end of a keyboard's upper rows."""
    dwell: Dwell = 30
    """How long it stays while the wall rotates, in seconds."""
    rotates: bool = True
    """Whether the wall comes to it by itself."""
    when: When | None = None
    hold: Hold | None = None
    distance: Distance = 5.0
    """Metres from which it must be read."""
    panels: Annotated[dict[Slot, Panel], Field(min_length=1, max_length=20)]
    """What stands in which slot. The wall's own slots keep their place in every scene."""
    layout: SceneLayout | None = None
    """Slots of the scene's own, for one that differs from the others."""
    variants: dict[FormCode, SceneLayout] = Field(default_factory=dict)
    """The same for screens of another shape, where it differs."""
    generate: Generate | None = None
    region: str | None = Field(default=None, exclude=True)
    """The district that a generated scene is of; no file says it."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Scene":
        if self.region is not None:
            raise AtError(("region",), "is no part of a file; scenes of districts are made by `generate`")
        if self.generate and self.key:
            raise AtError(("key",), "one key cannot choose several scenes; leave it out where `generate` stands")
        named = self._named()
        for path, slots in named:
            self._filled(path, slots)
        places = {UNDER.get(slot, slot) for _, slots in named for slot in slots}
        for slot in self.panels:
            if slot not in places:
                raise AtError(("panels", slot), f"has no place; the slots are {', '.join(sorted(places))}")
        return self

    def _filled(self, path: tuple[str, ...], slots: tuple[str, ...]) -> None:
        for slot in slots:
            if UNDER.get(slot, slot) not in self.panels and slot not in self.panels:
                near = get_close_matches(slot, [*self.panels], n=1)
                meant = f"did you mean '{near[0]}'?" if near else "say in panels what stands there"
                raise AtError(path, f"slot '{slot}' has no panel; {meant}")

    def _named(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the slots that the scene must fill, with the place in its file that names them."""
        own = tuple(slot for slot in form("16:9").slots if slot not in OUTER)
        given = [(("layout", "areas"), self.layout.slots) if self.layout else (("panels",), own)]
        return [*given, *((("variants", code, "areas"), one.slots) for code, one in self.variants.items())]

    def frame(self, code: str) -> ScreenForm:
        """Return where the slots stand on a screen of this form."""
        plain = form(code)
        if own := next((one for key, one in self.variants.items() if key == code), None):
            return own.on(plain)
        if self.layout is None:
            return plain
        if plain.width > plain.height:
            return self.layout.on(plain)
        heights = [self.panels[slot].least[1] for slot in self.layout.slots]
        return plain.scene(self.layout.slots, [1], heights)  # one under the other, each as wide as the screen

    def of(self, figure: str) -> tuple[str, ...]:
        """Return the indicators of the first panel of a figure."""
        return next((one.shown for one in self.panels.values() if one.figure == figure), ())

    @property
    def alarms(self) -> AlarmsChosen | None:
        """Which alarms it shows; None: all."""
        return next((one.filter for one in self.panels.values() if isinstance(one, AlarmsPanel)), None)

    @property
    def cases(self) -> CasesChosen | None:
        """Which cases it shows; None: all."""
        return next((one.filter for one in self.panels.values() if isinstance(one, CasesPanel)), None)

    @property
    def shown(self) -> Panels:
        """The indicators by the panels that tell them."""
        offered = self.of("map") or self.of("places") or self.of("vitals") or self.of("trends")
        return Panels(self.of("vitals") or offered, self.of("trends"), offered, self.of("indicators"))

    @property
    def map(self) -> MapPanel | None:
        """The first map in it."""
        return next((one for one in self.panels.values() if isinstance(one, MapPanel)), None)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What stands in it, in the order of its file."""
        return tuple(self.panels.values())


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a scene, with the codes of the indicators and departments there are."""
    made = Scene.model_json_schema()
    made["properties"].pop("region")
    return made
