"""Mutants: each is one place broken in code that is still code, and no file is touched while they are tried."""

import random
import re
import subprocess
import sys
from hashlib import sha256

import pytest

from bench.mutants import PARTS, ROOT, SOURCE, mutants


def digests() -> dict[str, str]:
    files = (file for part in PARTS for file in (SOURCE / part).rglob("*.py"))
    return {str(file): sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.parametrize(("part", "name"), [("domain", "regions"), ("services", "overload")])
def test_a_mutant_is_code_and_differs_from_the_module_from_its_line_on(part: str, name: str) -> None:
    for one in random.Random(part).sample(list(mutants(f"{part}/{name}")), 10):
        compile(one.code, str(one.path), "exec")
        kept, broken = one.path.read_text(encoding="utf-8").splitlines(), one.code.splitlines()
        differ = next(number for number, pair in enumerate(zip(kept, broken, strict=False), 1) if pair[0] != pair[1])
        assert differ >= one.line
        assert kept[: one.line - 1] == broken[: one.line - 1]
        assert one.tests.is_relative_to(ROOT / "tests" / "cityops" / part)


def test_outside_functions_no_word_is_broken() -> None:
    changes = {one.change for one in mutants("domain/readings")}
    assert "5 → 6" in changes
    assert [change for change in changes if '"' in change] == []


def test_a_run_tells_what_no_test_noticed_and_leaves_every_file_as_it_is() -> None:
    before = digests()
    ran = subprocess.run(
        [sys.executable, "-m", "bench.mutants", "--only", "domain/findings", "--sample", "2"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert re.search(r"^\d+ mutants, 2 drawn, 2 tried$", ran.stdout, re.MULTILINE)
    assert re.search(r"^domain: 2 killed, 0 survived, 100% killed$", ran.stdout, re.MULTILINE)
    assert digests() == before


def test_what_has_no_mutants_is_refused_with_what_has() -> None:
    asked = [sys.executable, "-m", "bench.mutants", "--only", "store"]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "domain, services" in ran.stderr
