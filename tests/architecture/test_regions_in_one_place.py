"""Which region lies in which is said in `cityops.domain.regions` alone: nobody else cuts or measures a code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = re.compile(
    r"\[(0)?:[69]\]|\.slice\(0, [69]\)|endswith\(\"00\"\)|len\(\w*(code|region|street)\w*\) [!=]= [69]"
    r"|[!=]= (reference\.)?CITY_CODE"
)
ALLOWED = {
    "src/cityops/domain/regions.py",  # the place
    "src/cityops/domain/numbers.py",  # digits of cards
    "dashboards/cityops_dashboards/assets/js/regions.js",  # a street's district, once for all scripts
}
FILES = [
    file
    for package in ("src/cityops", "ingest/cityops_ingest", "dashboards/cityops_dashboards")
    for pattern in ("*.py", "*.js")
    for file in sorted((ROOT / package).rglob(pattern))
    if str(file.relative_to(ROOT)) not in ALLOWED
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_region_is_reckoned_here(file: Path) -> None:
    found = [f"{n}: {line.strip()}" for n, line in enumerate(file.read_text().splitlines(), 1) if RULE.search(line)]
    assert not found, f"{file.relative_to(ROOT)}: ask cityops.domain.regions instead of {found}"
