"""Breaks the code on purpose, one place at a time, and counts how often a test notices: `make mutants`.

What is broken and how is mutmut's, which has neither a sample nor what stands outside functions: of that, numbers
and operators are broken too, but no words, which a test could only repeat. A module's own test file is asked, its
folder's where it has none. A fork of this process takes the broken module from memory: no file is written, so that
the tree stays as it is however a run ends.
"""

import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Annotated

import libcst
import pytest
import typer
from hypothesis import Phase, settings
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, create_mutations

ROOT = Path(__file__).parents[1]
SOURCE, TESTS = ROOT / "src" / "cityops", ROOT / "tests" / "cityops"
PARTS = ("domain", "services")
PURE = "domain"
"""Its tests need no fixtures, which take longer to load than most of them to run."""
TIMES, MORE_S = 3, 10
"""A mutant that needs so many times the processor time that its tests need without it, and more, is noticed too."""
LONGEST_S = 600
"""Whoever waits for longer waits for ever."""
GRACE_S = 20
"""For a run that is ended to stop the servers it started."""
WARM = ("numpy", "shapely", "psycopg", "sqlalchemy", "fastapi", "httpx", "msgspec", "schemathesis")
ARGUMENTS = (
    *("-x", "-q", "-pno:cacheprovider", "--assert=plain", "-Wignore::pytest.PytestAssertRewriteWarning"),
    *("--hypothesis-profile", "mutants", "-k", "not in_proportion"),  # what takes time is no matter here
)
UNNOTICED = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}


@dataclass(frozen=True)
class Mutant:
    """A module with one place broken, and the tests that are to notice."""

    path: Path
    line: int
    module: libcst.Module
    mutation: Mutation
    tests: Path

    @property
    def name(self) -> str:
        """What the module is imported as."""
        return ".".join(self.path.relative_to(SOURCE.parent).with_suffix("").parts)

    @property
    def change(self) -> str:
        """What stands there, and what does in its place."""
        pair = self.mutation.original_node, self.mutation.mutated_node
        return " → ".join(" ".join(self.module.code_for_node(node).split()) for node in pair)

    @property
    def code(self) -> str:
        """The broken module."""
        replaced = self.module.deep_replace(self.mutation.original_node, self.mutation.mutated_node)
        assert isinstance(replaced, libcst.Module)
        return replaced.code


def mutants(only: str = "") -> Iterator[Mutant]:
    """Yield all mutants of modules whose place begins with `only`, such as `domain` or `domain/numbers`."""
    for part in PARTS:
        for path in sorted((SOURCE / part).rglob("*.py")):
            if path.name != "__init__.py" and str(path.relative_to(SOURCE)).startswith(only):
                yield from _of_module(path, part)


def _of_module(path: Path, part: str) -> Iterator[Mutant]:
    own = (TESTS / path.relative_to(SOURCE)).with_name(f"test_{path.name}")
    tests = own if own.exists() else TESTS / part
    module, mutations, *_ = create_mutations(str(path), path.read_text(encoding="utf-8"))
    places = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    for one in mutations:
        if _is_behaviour(one):
            yield Mutant(path, places[one.original_node].start.line, module, one, tests)


def _is_behaviour(mutation: Mutation) -> bool:
    words = libcst.BaseString | libcst.Assign | libcst.AnnAssign | libcst.Call
    inside = isinstance(mutation.contained_by_top_level_function, libcst.FunctionDef)
    return inside or not isinstance(mutation.original_node, words)


class _Loader(SourceFileLoader):
    """Gives a module's code from memory."""

    def __init__(self, name: str, path: str, code: str) -> None:
        super().__init__(name, path)
        self.text = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - it loads one module
        """Return the broken code in place of the file's."""
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds one module, before all others do."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.path, self.code = mutant.name, str(mutant.path), mutant.code

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Return how the module is loaded."""
        if fullname != self.name:
            return None
        return spec_from_file_location(fullname, self.path, loader=_Loader(fullname, self.path, self.code))


def is_noticed(mutant: Mutant) -> bool:
    """Return whether a test fails, or never ends, because of a mutant."""
    status, _ = run(mutant.tests, mutant, TIMES * usual_s(mutant.tests) + MORE_S)
    return status not in UNNOTICED


@cache
def usual_s(tests: Path) -> float:
    """Return the processor time that tests need on the code as it is.

    Raises
    ------
    SystemExit
        They fail on it.
    """
    status, used_s = run(tests)
    if status not in UNNOTICED:
        sys.exit(f"{tests} fails on the code as it is: mend that first")
    return used_s


def run(tests: Path, mutant: Mutant | None = None, longest_s: float = LONGEST_S) -> tuple[int | None, float]:
    """Run tests in a fork of this process; return how they ended (None: never) and the processor time used."""
    process = os.fork()
    if process == 0:
        os._exit(_run_here(tests, mutant, round(longest_s)))
    before = _used_s()
    try:
        return _awaited(process, LONGEST_S), _used_s() - before
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if _is_running(process):
                with suppress(ProcessLookupError):  # it has no group of its own yet
                    os.killpg(process, sign)
                _awaited(process, GRACE_S)


def _used_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run_here(tests: Path, mutant: Mutant | None, longest_s: int) -> int:
    os.setsid()
    for sign in (signal.SIGTERM, signal.SIGXCPU):
        signal.signal(sign, _interrupt)
    resource.setrlimit(resource.RLIMIT_CPU, (longest_s, longest_s + GRACE_S))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
    try:
        without = ["--noconftest"] if PURE in tests.parts else []
        return int(pytest.main([*ARGUMENTS, *without, str(tests)]))
    except BaseException:  # whatever it is, the mutant was noticed
        return int(pytest.ExitCode.INTERNAL_ERROR)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _awaited(process: int, longest_s: float) -> int | None:
    ends = time.monotonic() + longest_s
    while time.monotonic() < ends:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return None


def _is_running(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def main(
    only: Annotated[str, typer.Option(help="domain, services, or one of their modules, as domain/numbers.")] = "",
    sample: Annotated[int, typer.Option(help="So many mutants, drawn at random.")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 1,
    minutes: Annotated[float, typer.Option(help="What is not tried by then is left out.")] = 60,
) -> None:
    """Break the code in a sample of places and tell where no test notices."""
    ends = time.monotonic() + minutes * 60
    os.chdir(ROOT)
    for name in WARM:
        __import__(name)
    settings.register_profile("mutants", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
    every = list(mutants(only))
    if not every:
        raise typer.BadParameter(f"nothing begins with {only} in {', '.join(PARTS)}; name one of their modules")
    drawn = random.Random(seed).sample(every, min(sample, len(every)))
    _told(every, drawn, _tried(drawn, ends))


def _tried(drawn: Sequence[Mutant], ends: float) -> list[tuple[Mutant, bool]]:
    """Return mutants with whether they were noticed, as far as time and patience reach."""
    found: list[tuple[Mutant, bool]] = []
    try:
        for one in drawn:
            if time.monotonic() > ends:
                break
            found.append((one, is_noticed(one)))
            print(f"\r{len(found)} of {len(drawn)}", end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
    return found


def _told(every: Sequence[Mutant], drawn: Sequence[Mutant], tried: Sequence[tuple[Mutant, bool]]) -> None:
    print(f"\n{len(every)} mutants, {len(drawn)} drawn, {len(tried)} tried", flush=True)
    for part in PARTS:
        here = [noticed for one, noticed in tried if (SOURCE / part) in one.path.parents]
        if here:
            killed = sum(here)
            print(f"{part}: {killed} killed, {len(here) - killed} survived, {killed / len(here):.0%} killed")
    for one in sorted((one for one, noticed in tried if not noticed), key=lambda one: (one.path, one.line)):
        print(f"{one.path.relative_to(ROOT)}:{one.line}: {one.change}")


if __name__ == "__main__":
    typer.run(main)
