"""A report as DOCX and HTML: opened by a library, and the same bytes from another process, elsewhere."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest

from cityops.domain.reports.layout import ReportCurve
from cityops.services.reports.making import rendered
from cityops.services.reports.webpage import lines
from cityops.services.reports.word import bars
from factories.papers import plain

ELSEWHERE = """
import hashlib, sys
from cityops.domain.reports.snapshot import ReportSnapshot
from cityops.services.reports.making import rendered
for key, content in sorted(rendered(ReportSnapshot.read(sys.stdin.read())).items()):
    print(*key, hashlib.sha256(content).hexdigest())
"""


def test_another_process_with_another_seed_and_zone_writes_the_same_bytes(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LC_ALL": "C"}
    told = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        input=plain().text(),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    ).stdout
    here = rendered(plain())
    expected = [" ".join((*key, hashlib.sha256(one).hexdigest())) for key, one in sorted(here.items())]
    assert told.splitlines() == expected
    assert here == rendered(plain())


def test_a_docx_opens_and_says_the_same_as_the_page() -> None:
    files = rendered(plain())
    opened = docx.Document(io.BytesIO(files["zh", "docx"]))
    told = "\n".join(one.text for one in opened.paragraphs)
    page = files["zh", "html"].decode()
    for words in ("小报", "事件为12件，较前一日上升20.0%。", "一、总体", "城市运行管理中心"):
        assert words in told
        assert words in page
    own, below, hours = opened.tables
    assert [cell.text for cell in own.rows[1].cells] == ["事件", "件", "12", "10", "上升20.0%"]
    assert [row.cells[0].text for row in below.rows] == ["区域", "海珠区", "天河区"]
    assert hours.rows[1].cells[1].text == "▁▂▃▅▆　█▁▂▃▅▆▇█▁▂▃▅▆▇█▁▂▃"
    assert opened.core_properties.author == "cityops"
    with zipfile.ZipFile(io.BytesIO(files["zh", "docx"])) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = rendered(plain())["en", "html"].decode()
    assert not [word for word in ("<script", "http", "src=", "href=", "style=", "url(") if word in page]
    assert '<data value="81.25">' in page


@pytest.mark.parametrize(
    ("values", "drawn", "pieces"),
    [
        ((None, None), "—", 0),
        ((2.0, 2.0), "▁▁", 1),
        ((0.0, None, 7.0), "▁　█", 2),
        ((None, 1.0, 8.0, None, 1.0, 1.0), "　▁█　▁▁", 2),
    ],
)
def test_a_curve_is_broken_where_there_is_no_value(values: tuple[float | None, ...], drawn: str, pieces: int) -> None:
    curve = ReportCurve("x", values, "", "")
    assert bars(curve) == drawn
    assert len(lines(curve)) == pieces
