"""Replicas of the ingest worker: each gets a name of its own, and a killed one leaves its name to the next."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

REPLICA = Path(__file__).parents[2] / "ingest" / "replica.sh"
SAY_NAME = "import sys, time; print(sys.argv[1:], flush=True); time.sleep(60)"


@contextmanager
def replica(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a program as a replica; give what the script added to its arguments."""
    command = ["sh", str(REPLICA), str(folder), sys.executable, "-c", SAY_NAME]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def test_a_name_is_held_once_and_is_free_again_after_a_kill(tmp_path: Path) -> None:
    with ExitStack() as running:
        replicas = [running.enter_context(replica(tmp_path)) for _ in range(3)]
        assert [said for said, _ in replicas] == [f"['--worker', 'worker-{n}']" for n in (1, 2, 3)]
        _, second = replicas[1]
        second.kill()
        second.wait()
        with replica(tmp_path) as (said, _):
            assert said == "['--worker', 'worker-2']"
