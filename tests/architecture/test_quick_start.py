"""The command line starts quickly: what costs a moment to import is imported by the verb that needs it."""

import subprocess
import sys

HEAVY = {"alembic", "dash", "fastapi", "httpx", "numpy", "paho", "pandas", "plotly", "psycopg", "pydantic"}
HEAVY |= {"shapely", "sqlalchemy", "structlog", "uvicorn"}


def test_no_verb_imports_for_all_others() -> None:
    """`cityops --help` took over a second when each verb's module imported what its work needs."""
    code = "import sys, cityops.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert set(done.stdout.split()) & HEAVY == set(), "import these inside the function of the verb that needs them"
