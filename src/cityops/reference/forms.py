"""Reads the files of a folder in which forms are declared, and holds them against indicators and each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from cityops import reference
from cityops.declarations import DeclarationError, DeclarationFault, DeclarationForm, DeclaredFile, meant, read_file
from cityops.domain.filling.forms import CellPart, FillingForm, FromIndicator, FromRegistry, parts_of
from cityops.domain.indicators.declared import IndicatorDeclaration
from cityops.domain.indicators.measures import Additive, Aggregation, Filled
from cityops.domain.regions import RegionLevel
from cityops.errors import CityopsError
from cityops.reference import themes
from cityops.reference.themes import Themes

SHIPPED_FORMS: Traversable = files("cityops") / "reference" / "guangzhou" / "forms"
_FORM = DeclarationForm(
    FillingForm,
    noun="a form",
    nouns="forms",
    largest=50_000,
    such_as={"list": "[100, 5000]", "mapping": "{work_days: 5}"},
)
_Path = tuple[str, ...]


@dataclass(frozen=True)
class Forms:
    """What the files of a folder declare, by code, and the indicators that they ask for."""

    forms: Mapping[str, FillingForm]
    themes: Themes

    @property
    def indicators(self) -> Mapping[str, IndicatorDeclaration]:
        """The indicators by code."""
        return self.themes.indicators


@lru_cache
def shipped_forms() -> Forms:
    """Return what is shipped with the platform."""
    return read_forms(SHIPPED_FORMS, themes.shipped())


def read_forms(folder: Traversable, known: Themes) -> Forms:
    """Return what the files `*.yaml` of a folder declare; one that is wrong refuses them all. None are no forms.

    Raises
    ------
        CityopsError: It is no folder, or each fault, named with its file, line and column.

    """
    if not folder.is_dir():
        raise CityopsError(f"{folder} is no folder; CITYOPS_FORMS names one with a YAML file for each form")
    declared: list[DeclaredFile[FillingForm]] = []
    faults: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            declared.append(read_file(themes.text_of(file), str(file), _FORM, themes.known()))
        except DeclarationError as error:
            faults.append(str(error))
    if not faults:
        faults = [f"{name}:{fault}" for name, fault in _between(declared, known.indicators)]
    if faults:
        raise CityopsError("\n".join(faults))
    return Forms({one.content.form: one.content for one in declared}, known)


def _between(
    declared: Sequence[DeclaredFile[FillingForm]], indicators: Mapping[str, IndicatorDeclaration]
) -> Iterator[tuple[str, DeclarationFault]]:
    asked: dict[tuple[str, RegionLevel], FillingForm] = {}
    for file in declared:
        form = file.content
        stem = file.name.replace("\\", "/").rpartition("/")[2].removesuffix(".yaml")
        if stem != form.form:
            yield file.name, file.fault(("form",), f"is '{form.form}' in a file of the name {stem}.yaml")
        for code in form.fields:
            faults = [*_unasked(form, code, indicators)] or [*_twice(form, code, indicators[code], asked)]
            for path, words in faults:
                yield file.name, file.fault(("fields", code, *path), words)
            asked.setdefault((code, form.level), form)


def _unasked(
    form: FillingForm, code: str, indicators: Mapping[str, IndicatorDeclaration]
) -> Iterator[tuple[_Path, str]]:
    """Yield why a form cannot ask for an indicator."""
    one = indicators.get(code)
    if one is None:
        yield (), f"unknown indicator '{code}'{meant(code, [*indicators])}"
    elif not isinstance(one.measure, Filled):
        yield (), f"'{code}' is {one.measure.kind}: we have it already, and ask nobody for it"
    elif form.period is not one.period:
        yield (), f"'{code}' is by the {one.period}, and this form by the {form.period}"
    elif form.level not in one.measure.levels:
        yield (), f"'{code}' is of {' and '.join(one.measure.levels)}, and this form of a {form.level}"
    else:
        yield from _unfounded(form, code, one, indicators)


def _unfounded(
    form: FillingForm, code: str, one: IndicatorDeclaration, indicators: Mapping[str, IndicatorDeclaration]
) -> Iterator[tuple[_Path, str]]:
    """Yield which prefilled figures there are none of."""
    if form.fields[code].prefill_denominator is not None and CellPart.DENOMINATOR not in parts_of(one):
        yield ("prefill_denominator",), f"'{code}' is no ratio, and has no denominator"
    kinds = [kind.code for kind in reference.device_kinds()]
    every = [*indicators, *themes.known().metrics]
    for name in ("prefill", "prefill_denominator"):
        source = getattr(form.fields[code], name)
        if isinstance(source, FromIndicator) and source.indicator not in every:
            yield (name, "indicator"), f"unknown '{source.indicator}'{meant(source.indicator, every)}"
        if isinstance(source, FromRegistry) and source.devices not in kinds:
            yield (name, "devices"), f"unknown '{source.devices}'{meant(source.devices, kinds)}"


def _twice(
    form: FillingForm,
    code: str,
    one: IndicatorDeclaration,
    asked: Mapping[tuple[str, RegionLevel], FillingForm],
) -> Iterator[tuple[_Path, str]]:
    """Yield why a datum is asked already: of the same regions, or of smaller ones from which it is made."""
    first = asked.get((code, form.level))
    if first is not None:
        yield (), f"'{code}' of each {form.level} is asked by {first.form} ({first.title.zh}) already; leave it out"
        return
    folds = one.folds is Aggregation.RATIO or one.adds_over in {Additive.REGION, Additive.BOTH}
    for (other, level), second in asked.items():
        if other == code and folds and level is not form.level:
            words = f"'{code}' is asked of each {level} by {second.form} ({second.title.zh}) already"
            yield (), f"{words}, and that of larger regions is made from it; ask one of them"
