"""Writes a report as one HTML file that needs nothing else: its style and its curves stand in it, no script does.

The same report gives the same bytes. Numbers stand unrounded beside what is shown (`<data value>`).
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from cityops.domain.reports.layout import Paper, ReportCurve

WIDTH, HEIGHT = 600, 60
_MARGIN = 4

_templates = Environment(
    loader=PackageLoader(__package__, "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def html(paper: Paper) -> bytes:
    """Return the file."""
    blocks = [(type(block).__name__, block) for block in paper.blocks]
    template = _templates.get_template("sheet.html")
    told = template.render(paper=paper, blocks=blocks, css=_style(), lines=lines, width=WIDTH, height=HEIGHT)
    return told.encode()


def policy() -> str:
    """Return the Content-Security-Policy of a file, which our own pages may frame: its style and nothing else."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    own = f"style-src 'sha256-{digest}'"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"


@cache
def _style() -> str:
    return (files(__package__) / "sheet.css").read_text(encoding="utf-8")


def lines(curve: ReportCurve) -> list[str]:
    """Return the points of each piece of a curve; it is broken where there is no value, which nobody shall guess."""
    known = [value for value in curve.values if value is not None]
    if not known:
        return []
    least, span = min(known), (max(known) - min(known)) or 1.0
    step = WIDTH / max(1, len(curve.values) - 1)
    found = []
    for is_known, piece in groupby(enumerate(curve.values), key=lambda one: one[1] is not None):
        if is_known:
            points = [(n * step, _height(value, least, span)) for n, value in piece if value is not None]
            if len(points) == 1:  # a lone value is a short stroke
                points = [points[0], (points[0][0] + 2, points[0][1])]
            found.append(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))
    return found


def _height(value: float, least: float, span: float) -> float:
    return HEIGHT - _MARGIN - (value - least) / span * (HEIGHT - 2 * _MARGIN)
