"""Reads the files of a folder in which indicators are declared, a theme each, and holds them against each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from cityops import reference
from cityops.declarations import DeclarationError, DeclarationFault, DeclarationForm, DeclaredFile, meant, read_file
from cityops.domain.indicators.declared import IndicatorDeclaration, Theme
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.measures import Aggregation, Cumulative, KnownWords, Privacy, Ratio
from cityops.domain.indicators.targets import PolicyTarget
from cityops.domain.indicators.vital_signs import scores
from cityops.domain.indicators.vital_signs.tree import VitalSignTree
from cityops.errors import CityopsError

SHIPPED: Traversable = files("cityops") / "reference" / "guangzhou" / "indicators"
_FORM = DeclarationForm(
    Theme,
    noun="a theme",
    nouns="themes",
    largest=200_000,
    such_as={"list": "[city, district]", "mapping": "{zh: 日供水量, en: Water supplied}"},
)
SIGNS = "vital_signs.yaml"
"""The file beside the themes that declares the vital-sign tree of their indicators; a folder may have none."""
_SIGNS_FORM = DeclarationForm(
    VitalSignTree,
    noun="a tree of vital signs",
    nouns="trees of vital signs",
    largest=200_000,
    such_as={"list": "[[0, 10], [50, 6], [100, 0]]", "mapping": "{weight: 0.4}"},
)


@dataclass(frozen=True)
class Themes:
    """What the files of a folder declare: the themes in their order, and all their indicators by code."""

    themes: tuple[Theme, ...]
    signs: VitalSignTree | None = None
    """The tree that is made of their indicators."""

    @property
    def indicators(self) -> Mapping[str, IndicatorDeclaration]:
        """All declared indicators by code, theme after theme."""
        return {code: one for theme in self.themes for code, one in theme.indicators.items()}

    @property
    def theme_of(self) -> Mapping[str, Theme]:
        """The theme of each indicator, those of readings too, by code."""
        return {code: theme for theme in self.themes for code in (*theme.metrics, *theme.indicators)}

    @property
    def targets(self) -> Sequence[PolicyTarget]:
        """What policy wants, theme after theme."""
        return [one for theme in self.themes for one in theme.targets]


@lru_cache
def known() -> KnownWords:
    """Return the codes that a declaration may name."""
    sources = reference.rows("source_systems")
    return KnownWords(
        departments=[row["code"] for row in reference.rows("departments")],
        metrics=[metric.code for metric in reference.metrics()],
        sources=[row["code"] for row in sources if row["carries"] == "indicators"],
        case_sources=[row["code"] for row in sources if row["carries"] in {"events", "cases"}],
        event_classes=[row["code"] for row in reference.rows("event_classes")],
    )


@lru_cache
def shipped() -> Themes:
    """Return what is shipped with the platform."""
    return read_folder(SHIPPED)


def read_folder(folder: Traversable) -> Themes:
    """Return what the files `*.yaml` of a folder declare; one that is wrong refuses them all.

    Raises
    ------
        CityopsError: It is no folder, has no such file, or each fault, named with its file, line and column.

    """
    if not folder.is_dir():
        raise CityopsError(f"{folder} is no folder; CITYOPS_INDICATORS names one with a YAML file for each theme")
    named = sorted(
        (one for one in folder.iterdir() if one.name.endswith(".yaml") and one.name != SIGNS),
        key=lambda one: one.name,
    )
    if not named:
        raise CityopsError(f"{folder} has no file of the name *.yaml; the shipped ones stand in {SHIPPED}")
    declared: list[DeclaredFile[Theme]] = []
    faults: list[str] = []
    for file in named:
        try:
            declared.append(read_file(text_of(file), str(file), _FORM, known()))
        except DeclarationError as error:
            faults.append(str(error))
    if not faults:
        faults = [f"{name}:{fault}" for name, fault in _between(declared)]
    if faults:
        raise CityopsError("\n".join(faults))
    found = Themes(tuple(one.content for one in declared))
    signs = folder / SIGNS
    return replace(found, signs=read_signs(text_of(signs), str(signs), found)) if signs.is_file() else found


def read_signs(text: str, name: str, declared: Themes) -> VitalSignTree:
    """Return the tree of vital signs that a file declares over the indicators of themes.

    Raises
    ------
        DeclarationError: It is wrong by itself, or a leaf is no indicator whose values can be told the worth of.

    """
    file = read_file(text, name, _SIGNS_FORM)
    if faults := [*_fruitless(file, declared)]:
        raise DeclarationError(name, faults)
    return file.content


def _fruitless(file: DeclaredFile[VitalSignTree], declared: Themes) -> Iterator[DeclarationFault]:
    """Yield what is wrong with the leaves of a tree beside the indicators that there are."""
    every = indicators(reference.metrics(), {}, declared.themes)
    for (theme, topic, code), leaf in file.content.places().items():
        path = "themes", theme, "topics", topic, "indicators", code
        found = every.get(code)
        if found is None:
            yield file.fault(path, f"unknown '{code}'{meant(code, [*every])}")
        elif found.declared and found.declared.privacy is Privacy.RESTRICTED:
            yield file.fault(path, f"'{code}' is restricted, and the tree is open to all who are signed in")
        elif leaf.scale is None and scores.line(scores.limits(found)) is None:
            yield file.fault(path, f"'{code}' has no thresholds that tell what its values are worth; give it a scale")


def text_of(file: Traversable) -> str:
    """Return the text of a file.

    Raises
    ------
        CityopsError: It is not there, or no UTF-8.

    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(f"{file} cannot be read as UTF-8: {error}") from error


def _between(declared: Sequence[DeclaredFile[Theme]]) -> Iterator[tuple[str, DeclarationFault]]:
    """Yield what is wrong with files that are right by themselves: with their names, and beside each other."""
    place: dict[str, str] = {}
    every = {code: one for file in declared for code, one in file.content.indicators.items()}
    for file in declared:
        stem = file.name.replace("\\", "/").rpartition("/")[2].removesuffix(".yaml")
        if stem != file.content.theme:
            yield file.name, file.fault(("theme",), f"is '{file.content.theme}' in a file of the name {stem}.yaml")
        for path, code in _named(file.content):
            if code in place:
                yield file.name, file.fault(path, f"'{code}' stands in {place[code]} already")
            elif path[0] == "indicators" and code in known().metrics:
                yield file.name, file.fault(path, f"'{code}' is a metric, and an indicator of readings by itself")
            place.setdefault(code, file.name)
        for code, one in file.content.indicators.items():
            for deeper, words in _unfounded(code, one, every):
                yield file.name, file.fault(("indicators", code, *deeper), words)
        for number, target in enumerate(file.content.targets):
            own = (*file.content.metrics, *file.content.indicators)
            if target.indicator not in own:
                words = f"'{target.indicator}' is none of this theme{meant(target.indicator, own)}"
                yield file.name, file.fault(("targets", str(number), "indicator"), words)


def _named(theme: Theme) -> Iterator[tuple[tuple[str, ...], str]]:
    yield from ((("metrics", str(number)), code) for number, code in enumerate(theme.metrics))
    yield from ((("indicators", code), code) for code in theme.indicators)


def _unfounded(
    code: str, one: IndicatorDeclaration, every: Mapping[str, IndicatorDeclaration]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield why an indicator cannot be made of the others that it names."""
    for path, other in one.inputs().items():
        if other not in every and other not in known().metrics:
            yield path, f"unknown '{other}'{meant(other, [*every, *known().metrics])}"
        elif code in _reached(other, every):
            yield path, f"'{other}' is made of '{code}' itself"
        elif isinstance(one.measure, Ratio | Cumulative):
            base = every.get(other)
            if base is None or base.folds is not Aggregation.SUM:
                yield path, f"'{other}' is no sum, and its parts cannot be added up"
            elif isinstance(one.measure, Cumulative) and not base.adds_over.over_time:
                yield path, f"'{other}' does not add up over time"


def _reached(code: str, every: Mapping[str, IndicatorDeclaration]) -> set[str]:
    """Return an indicator with all those that it is made of."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += every[here].inputs().values() if here in every else ()
    return found
