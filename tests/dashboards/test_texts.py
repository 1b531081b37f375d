"""Both languages say the same things: same keys, same placeholders, no Chinese in the English catalogue."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import cityops_dashboards
from cityops.api import words
from cityops.domain.alarms.course import QuietKind
from cityops.domain.alarms.cures import CureKind
from cityops.domain.alarms.load import LoadState, load
from cityops.domain.channels import ChannelState
from cityops.domain.events.rates import DEFINITIONS
from cityops.domain.events.status import Status
from cityops.domain.filling.blanks import CellFaultKind
from cityops.domain.filling.due import SheetStanding
from cityops.domain.filling.forms import CellPart
from cityops.domain.filling.imports import NEEDED, ORIGINS, ImportFaultKind
from cityops.domain.filling.review import SheetAct
from cityops.domain.handovers import HandoverOutcome
from cityops.domain.indicators.marks import CorrectionAction, CorrectionState, CorrectionStatus
from cityops.domain.regions import RegionLevel
from cityops.domain.resources.datasets import Cadence, CrossBorder, DatasetPrivacy, Sharing
from cityops.domain.resources.officers import OfficerLevel
from cityops.domain.resources.scores import SCORES
from cityops_dashboards.pages.case.offers import ANSWERS
from cityops_dashboards.pages.desk.alarms import TEXTS
from cityops_dashboards.pages.desk.page import FILTERS
from cityops_dashboards.pages.document import SPOKEN
from cityops_dashboards.pages.filling.page import SHOWN
from cityops_dashboards.pages.modes.page import KINDS
from cityops_dashboards.pages.platform.exchange import STATES, WORST_FIRST
from cityops_dashboards.pages.statistics.page import GROUPINGS
from cityops_dashboards.pages.todo.cards import SAID
from cityops_dashboards.pages.todo.page import SEGMENTS
from cityops_dashboards.texts import LANGUAGES, catalogue, text

PACKAGE = Path(cityops_dashboards.__file__).parent
HAN = re.compile(r"[一-鿿]")
PLACEHOLDER = re.compile(r"\{(\w+)[}|]")
IN_PYTHON = re.compile(r'\btext\((?:address\.)?lang, "([\w.]+)"')
IN_TEMPLATES = re.compile(r'\bt\("([\w.]+)"[,)]')
IN_SCRIPTS = re.compile(r'cityops\.text\("([\w.]+)"')
IN_DOCUMENTS = re.compile(r'\btext\((?:\w+ \? )?"([\w.]+)"(?: : "([\w.]+)")?')
BY_CODE = re.compile(r"""\bt\(["']([\w.]+\.)["'] ~""")


def test_the_catalogues_have_the_same_keys() -> None:
    assert list(catalogue("zh")) == list(catalogue("en"))


def test_each_text_has_the_same_placeholders_in_both() -> None:
    zh, en = (catalogue(lang) for lang in LANGUAGES)
    differing = {key for key in zh if set(PLACEHOLDER.findall(zh[key])) != set(PLACEHOLDER.findall(en[key]))}
    assert differing == set()


def test_the_english_catalogue_holds_no_chinese_but_the_name_of_the_language() -> None:
    chinese = {key: words for key, words in catalogue("en").items() if HAN.search(words)}
    assert chinese == {"title.language": "中文"}


@pytest.mark.parametrize(("pattern", "ending"), [(IN_PYTHON, "py"), (IN_TEMPLATES, "html"), (IN_SCRIPTS, "js")])
def test_every_text_that_is_asked_for_exists(pattern: re.Pattern[str], ending: str) -> None:
    files = list(PACKAGE.rglob(f"*.{ending}"))
    asked = {key for path in files for key in pattern.findall(path.read_text(encoding="utf-8"))}
    assert len(asked) > 10
    assert asked - set(catalogue("zh")) == set()


def test_every_text_that_the_scripts_of_documents_say_exists_and_is_told_to_them() -> None:
    files = [*(PACKAGE / "assets/documents").glob("*.js")]
    found = {key for path in files for keys in IN_DOCUMENTS.findall(path.read_text(encoding="utf-8")) for key in keys}
    asked = found - {""}
    assert {"document.still", "document.sound_off", "outbox.bad", "outbox.stale"} <= asked
    assert asked - set(catalogue("zh")) == set()
    assert {key for key in asked if not key.startswith(SPOKEN)} == set()


NOW = datetime(2026, 11, 27, tzinfo=UTC)
CODES = {
    "todo.": {*SEGMENTS[True], *SEGMENTS[False], *FILTERS},
    "texts.": {*TEXTS, "rule", "unchecked"},
    "level.": {"red", "orange", "yellow", "blue"},
    "warning.": {"1", "2", "3", "4", "gone"},
    "quiet.": {one.value for one in QuietKind} | {"until"},
    "mark.": SAID,
    "statistics.by.": {*GROUPINGS},
    "statistics.better.": {one.better for one in DEFINITIONS.values()},
    "answer.": {*ANSWERS, "yes", "no", "not_asked"},
    "status.": {one.value for one in Status},
    "handover.outcome.": {one.value for one in HandoverOutcome},
    "handover.settled.": {one.value for one in HandoverOutcome},
    "modes.kind.": {one.value for one in KINDS},
    "filling.list.": {*SHOWN},
    "filling.none.": {*SHOWN},
    "filling.standing.": {*SheetStanding},
    "filling.level.": {*RegionLevel},
    "filling.part.": {*CellPart},
    "filling.origin.": {*ORIGINS, "typed", "file"},
    "filling.act.": {*SheetAct},
    "filling.fault.": {*CellFaultKind, *ImportFaultKind},
    "filling.column.": {*NEEDED},
    "corrections.action.": {*CorrectionAction},
    "corrections.state.": {*CorrectionState},
    "corrections.status.": {*CorrectionStatus},
    "load.state.": {one.value for one in LoadState},
    "load.cure_of.": {one.value for one in CureKind},
    "channels.state.": {*ChannelState},
    "platform.state.": {*WORST_FIRST},
    "device.state.": {*STATES},
    "resources.sharing.": {*Sharing},
    "resources.cadence.": {*Cadence},
    "resources.privacy.": {*DatasetPrivacy},
    "resources.cross.": {*CrossBorder},
    "resources.level.": {*OfficerLevel},
    "resources.score.": {*SCORES},
    "load.figure.": {one.code for one in load([], NOW, NOW).figures},
}
"""Beginnings of texts that pages of documents end by a code, and all codes that may come."""


@pytest.mark.parametrize("beginning", CODES)
def test_every_code_that_a_document_may_tell_has_its_text(beginning: str) -> None:
    assert {f"{beginning}{code}" for code in CODES[beginning]} - set(catalogue("zh")) == set()


def test_documents_end_no_other_text_by_a_code() -> None:
    templates = (PACKAGE / "pages/templates").glob("*.html")
    ended = {key for path in templates for key in BY_CODE.findall(path.read_text(encoding="utf-8"))}
    assert ended - CODES.keys() == set()
    assert len(ended) > 3


@pytest.mark.parametrize(("lang", "today"), [("zh", "今日"), ("en", "today")])
def test_a_text_speaks_of_today_where_its_key_does(lang: str, today: str) -> None:
    said = {key for key, words in catalogue(lang).items() if today in words.lower()}
    assert said == {key for key in catalogue(lang) if "today" in key}


HALF_WIDTH = re.compile(r"[一-鿿}][(),;:!?]|[(),;:!?][一-鿿{]")
COUNTED = re.compile(r"\{(?:n|days|most|asked|points|late|kept)\} (?:\w+ )?\w+s\b")


def test_chinese_texts_have_chinese_punctuation() -> None:
    assert {key: words for key, words in catalogue("zh").items() if HALF_WIDTH.search(words)} == {}


def test_what_is_counted_in_english_has_its_form_for_one() -> None:
    counted = {key: words for key, words in catalogue("en").items() if COUNTED.search(words)}
    assert counted == {}


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "1 region has no device for this and is left out of the chart."),
        (2, "2 regions have no device for this and are left out of the chart."),
        ("1", "1 region has no device for this and is left out of the chart."),
        ("1,000", "1,000 regions have no device for this and are left out of the chart."),
    ],
)
def test_one_is_one_in_english(n: object, said: str) -> None:
    assert text("en", "data.absent", n=n) == said


@pytest.mark.parametrize(
    ("prefix", "told"),
    [
        ("stage", words.STAGES),
        ("status", words.STATUSES),
        ("severity", words.SEVERITIES),
        ("fresh", words.FRESHNESS),
        ("warning", {level: names for level, names in words.WARNINGS.items() if level != "0"}),
    ],
)
def test_files_use_the_words_of_the_screens(prefix: str, told: words.Words) -> None:
    assert told == {code: tuple(catalogue(lang)[f"{prefix}.{code}"] for lang in LANGUAGES) for code in told}


def test_a_text_is_filled() -> None:
    assert text("en", "devices.count", n=3) == "3 devices"
    assert text("zh", "devices.count", n=3) == "共 3 台设备"
