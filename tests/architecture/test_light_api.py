"""The API is light until somebody asks for more: what few routes need is imported by them, and none loads pandas."""

import subprocess
import sys
import textwrap

OF_FEW_ROUTES = {
    *("PIL", "cryptography", "docx", "httpx", "joserfc", "lxml", "openpyxl", "pandas", "plotly", "pyarrow"),
    *("shapely", "xlsxwriter"),
}


def loaded(code: str) -> set[str]:
    """Return the packages that a new process has loaded after some code."""
    code = textwrap.dedent(code) + "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    return set(done.stdout.split())


def test_the_api_begins_without_what_few_routes_need() -> None:
    """Together they are 34 MB, which each process of the API held for routes that most days nobody asks."""
    code = "from cityops.api.app import create_app; create_app('postgresql://nobody@127.0.0.1:1/none')"
    assert loaded(code) & OF_FEW_ROUTES == set(), "import these inside the function that needs them"


def test_readings_become_parquet_without_pandas() -> None:
    """By itself pyarrow loads it for `array` and `scalar`: 48 MB."""
    code = """
        from datetime import UTC, datetime
        import numpy as np
        from cityops.api.files import columnar
        from cityops.api.files.readings import Constants, ReadingBatch
        from cityops.domain.exports.sheets import READINGS
        from cityops.store.exports import ReadingRows

        words = {7: ("WL-1", "桥", "water_depth", "水深", "cm", "440106013", "猎德街道")}
        rows = ReadingRows(*(np.ones(3, kind) for kind in (np.int32, np.int64, np.float64, np.int16)))
        rows.series[:] = 7
        schema = columnar.schema_of(READINGS, {})
        for write in (columnar.parquet, columnar.arrow):
            assert list(write(schema, [ReadingBatch(rows, Constants(words, datetime.now(UTC)))]))
    """
    found = loaded(code)
    assert ("pyarrow" in found, "pandas" in found) == (True, False)
