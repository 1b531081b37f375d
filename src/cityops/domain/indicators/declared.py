"""What a file may declare of indicators: one model, from which files are read and their JSON Schema is written.

The words are those of dbt's semantic layer (measure, window choice) and of Our World in Data's metadata (origins,
tolerance), without their engines.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from cityops.declarations import AtError, Strict, meant
from cityops.domain.alarms.rules import BasisMark
from cityops.domain.indicators.expressions import names
from cityops.domain.indicators.measures import (
    Additive,
    Aggregation,
    Code,
    Collected,
    Cumulative,
    Day,
    Department,
    Derived,
    Duration,
    Filled,
    KnownWords,
    Measure,
    Metric,
    Privacy,
    Pushed,
    Ratio,
    Sentence,
    Word,
)
from cityops.domain.indicators.periods import Grain
from cityops.domain.indicators.targets import PolicyTarget
from cityops.domain.metrics import Direction


class BilingualName(Strict):
    """A name in both languages."""

    zh: Word
    en: Annotated[str, Field(min_length=1, max_length=60)]


class BilingualText(Strict):
    """The same sentence in both languages."""

    zh: Sentence
    en: Sentence


class Thresholds(Strict):
    """From which values on each level is reached, what that rests on, and how far that was followed up."""

    blue: float | None = None
    yellow: float | None = None
    orange: float | None = None
    red: float | None = None
    basis: BilingualText
    basis_mark: BasisMark


class DefinitionVersion(Strict):
    """What the indicator means (口径) from a day on: one version; the one before holds until then."""

    version: Annotated[int, Field(ge=1, le=999)]
    since: Day = Field(alias="from")
    zh: Sentence
    en: Sentence
    standard: Annotated[str, Field(max_length=80)] = ""
    """Code of the standard with its year, and the place in it: `HJ 633-2026`, `GB/T 33356-2022 6.2`."""


class Origin(Strict):
    """Who makes the data, what it is called there, and under which licence it is given."""

    producer: Word
    title: Annotated[str, Field(min_length=1, max_length=120)]
    licence: Word
    url: Annotated[str, Field(max_length=200)] = ""


_IMPLIED: Mapping[str, tuple[Aggregation, Additive]] = {
    "cases": (Aggregation.SUM, Additive.BOTH),
    "alarms": (Aggregation.SUM, Additive.BOTH),
    "ratio": (Aggregation.RATIO, Additive.NONE),
    "derived": (Aggregation.NONE, Additive.NONE),
    "cumulative": (Aggregation.SUM, Additive.REGION),
    "air_quality": (Aggregation.NONE, Additive.NONE),
}
"""By kind of a measure what follows from it; of values that come from outside a file must say it."""


class IndicatorDeclaration(Strict):
    """One indicator: what it is called and means, whose it is, how it comes about and what may be asked of it."""

    name: BilingualName
    unit: Annotated[str, Field(max_length=16)] = ""
    decimals: Annotated[int, Field(ge=0, le=6)]
    owner: Department
    """The department that answers for it."""
    period: Grain
    """What one value covers."""
    cadence: Duration
    """How often a value, or a newer revision of it, comes."""
    grace: Duration
    """How much later than that it may come before it is late."""
    tolerance: Duration | None = None
    """How old a value may be and still stand in for a newer one; not at all unless given."""
    direction: Direction = Direction.NONE
    thresholds: Thresholds | None = None
    usual: tuple[float, float] | None = None
    """Between which values it lies on an ordinary day, for axes and made-up data."""
    valid: tuple[float, float] | None = None
    """Outside of these a value that comes from outside is refused."""
    measure: Measure
    aggregation: Aggregation | None = None
    additive_over: Additive | None = None
    window_choice: Literal["min", "max"] | None = None
    """Of a stock: whether the first (min) or the last (max) period stands for a longer one."""
    definition: Annotated[tuple[DefinitionVersion, ...], Field(min_length=1)]
    references: tuple[Word, ...] = ()
    """Its number in sets of indicators, such as `ISO37120:8.1`."""
    origins: Annotated[tuple[Origin, ...], Field(min_length=1)]
    privacy: Privacy = Privacy.INTERNAL
    collection: Collected

    @property
    def folds(self) -> Aggregation:
        """How values of several regions or periods become one."""
        return self.aggregation or _IMPLIED[self.measure.kind][0]

    @property
    def adds_over(self) -> Additive:
        """Over what a sum means something."""
        return self.additive_over or _IMPLIED[self.measure.kind][1]

    def defined(self, day: date) -> DefinitionVersion:
        """Return the definition in force on a day; the first one before that."""
        return next((one for one in reversed(self.definition) if one.since <= day), self.definition[0])

    @model_validator(mode="after")
    def _is_whole(self) -> "IndicatorDeclaration":
        self._folded()
        self._ordered()
        self._graded()
        if isinstance(self.measure, Derived):
            self._expressed(self.measure)
        return self

    def _folded(self) -> None:
        from_outside = isinstance(self.measure, Pushed | Filled)
        for name in ("aggregation", "additive_over"):
            given = getattr(self, name)
            if from_outside and given is None:
                raise AtError((name,), f"is missing: nothing tells how values of kind {self.measure.kind} are summed")
            if not from_outside and given is not None:
                raise AtError((name,), f"follows from the kind {self.measure.kind}; leave it out")
        if from_outside and self.valid is None:
            raise AtError(("valid",), "is missing: the least and the greatest value that are taken")
        if self.folds is Aggregation.MEAN:
            raise AtError(("aggregation",), "a mean needs its parts: say ratio, with both parts sent")
        if self.folds is not Aggregation.SUM and self.adds_over is not Additive.NONE:
            raise AtError(("additive_over",), f"is 'none' for what is aggregated by {self.folds}, and not by sum")
        if self.window_choice and self.adds_over.over_time:
            raise AtError(("window_choice",), "is for stocks; this one adds up over time")

    def _ordered(self) -> None:
        for name in ("usual", "valid"):
            span = getattr(self, name)
            if span is not None and span[0] >= span[1]:
                raise AtError((name,), f"the first is less than the second, unlike {span[0]:g} and {span[1]:g}")
        for number, (one, after) in enumerate(zip(self.definition, self.definition[1:], strict=False), start=1):
            if after.since <= one.since or after.version <= one.version:
                raise AtError(("definition", str(number)), "comes before the one above it; the newest stands last")

    def _graded(self) -> None:
        if self.thresholds is None:
            return
        if self.direction is Direction.NONE:
            raise AtError(("direction",), "is high or low where there are thresholds")
        levels = [getattr(self.thresholds, one) for one in ("blue", "yellow", "orange", "red")]
        given = [one for one in levels if one is not None]
        if not given:
            raise AtError(("thresholds",), "names none of blue, yellow, orange, red")
        if given != sorted(given, reverse=self.direction is Direction.LOW) or len(set(given)) < len(given):
            raise AtError(("thresholds",), f"do not grow graver in the direction '{self.direction}'")

    def _expressed(self, derived: Derived) -> None:
        said = names(derived.expression)
        for name in sorted(said - set(derived.inputs)):
            told = f"names '{name}', which is no input{meant(name, [*derived.inputs])}"
            raise AtError(("measure", "expression"), told)
        for name in sorted(set(derived.inputs) - said):
            raise AtError(("measure", "inputs", name), "is not in the expression")

    def inputs(self) -> dict[tuple[str, ...], str]:
        """Return the other indicators that it is made of, by the place of the file that names each."""
        measure = self.measure
        if isinstance(measure, Ratio):
            return {("measure", name): getattr(measure, name) for name in ("numerator", "denominator")}
        if isinstance(measure, Derived):
            return {("measure", "inputs", name, "of"): one.of for name, one in measure.inputs.items()}
        return {("measure", "of"): measure.of} if isinstance(measure, Cumulative) else {}


class Theme(Strict):
    """A file: a theme (专题) of the city's vital signs with its indicators; `metrics` names those of readings.

    `targets` are what policy wants of any of these.
    """

    version: Literal[1]
    kind: Literal["Theme"]
    theme: Code
    title: BilingualName
    owner: Department
    metrics: tuple[Metric, ...] = ()
    indicators: dict[Code, IndicatorDeclaration] = Field(default_factory=dict)
    targets: tuple[PolicyTarget, ...] = ()


def schema(known: KnownWords) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a theme, with the codes that there are."""
    made = Theme.model_json_schema()
    _name_codes(made, known)
    return made


def _name_codes(part: Any, known: KnownWords) -> None:
    if isinstance(part, dict):
        if "x-codes" in part:
            part["enum"] = sorted(getattr(known, part.pop("x-codes")))
        for one in part.values():
            _name_codes(one, known)
    if isinstance(part, list):
        for one in part:
            _name_codes(one, known)
