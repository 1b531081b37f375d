"""Reads the files of a folder in which reports are declared, and holds them against the indicators that there are."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from cityops import reference
from cityops.declarations import DeclarationError, DeclarationFault, DeclarationForm, DeclaredFile, meant, read_file
from cityops.domain.indicators.definitions import Indicator, indicators
from cityops.domain.indicators.measures import Privacy
from cityops.domain.indicators.questions import RefusedQuestionError
from cityops.domain.reports.declared import ReportDeclaration, ReportPeriod, answerable
from cityops.errors import CityopsError
from cityops.reference import themes
from cityops.reference.themes import Themes

SHIPPED: Traversable = files("cityops") / "reference" / "guangzhou" / "reports"
_FORM = DeclarationForm(
    ReportDeclaration,
    noun="a report",
    nouns="reports",
    largest=50_000,
    such_as={"list": "[city, district]", "mapping": "{zh: 城市运行日报, en: City operations daily}"},
)


def read_reports(folder: Traversable, known: Themes) -> Mapping[str, ReportDeclaration]:
    """Return what the files `*.yaml` of a folder declare, by code; one that is wrong refuses them all.

    Raises
    ------
        CityopsError: It is no folder, or each fault, named with its file, line and column.

    """
    if not folder.is_dir():
        raise CityopsError(f"{folder} is no folder; CITYOPS_REPORTS names one with a YAML file for each report")
    every = indicators(reference.metrics(), {}, known.themes)
    found: dict[str, ReportDeclaration] = {}
    faults: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            one = read(themes.text_of(file), str(file), every)
        except DeclarationError as error:
            faults.append(str(error))
        else:
            found[one.report] = one
    if faults:
        raise CityopsError("\n".join(faults))
    return found


def read(text: str, name: str, known: Mapping[str, Indicator]) -> ReportDeclaration:
    """Return the report that a file declares; `known` are the indicators that it may name.

    Raises
    ------
        DeclarationError: It is wrong; each fault is named with its line and column.

    """
    file = read_file(text, name, _FORM)
    if faults := [*_unfounded(file, known)]:
        raise DeclarationError(name, faults)
    return file.content


def _unfounded(file: DeclaredFile[ReportDeclaration], known: Mapping[str, Indicator]) -> Iterator[DeclarationFault]:
    """Yield what a report asks of indicators that has no answer; of districts it may ask less than of the city."""
    report = file.content
    stem = file.name.replace("\\", "/").rpartition("/")[2].removesuffix(".yaml")
    if stem != report.report:
        yield file.fault(("report",), f"is '{report.report}' in a file of the name {stem}.yaml")
    if report.period is ReportPeriod.SPAN:
        yield file.fault(("period",), "'span' is of views that persons keep; a file has 'day', 'week' or 'mode'")
    for name, view in report.views.items():
        for number, code in enumerate(view.indicators):
            path = ("views", name, "indicators", str(number))
            one = known.get(code)
            if one is None:
                yield file.fault(path, f"unknown '{code}'{meant(code, [*known])}")
            elif one.declared is not None and one.declared.privacy is Privacy.RESTRICTED:
                yield file.fault(
                    path, f"'{code}' is restricted to its owner and the centre; a report has more readers"
                )
            elif refusal := _refusal(report, name, one, known):
                yield file.fault(path, refusal)


def _refusal(report: ReportDeclaration, name: str, one: Indicator, known: Mapping[str, Indicator]) -> str:
    view = report.views[name]
    told = ""
    for level in report.levels:
        try:
            answerable(report.period, view, view.level_for(level), one, known)
        except RefusedQuestionError as error:
            told = told or str(error)
        else:
            return ""
    return told
