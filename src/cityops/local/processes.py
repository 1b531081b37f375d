"""Server processes as children: started under the right account, ended with their parent, waited for by name."""

import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local.machines import LOOPBACK, Machine
from cityops.local.places import SERVER_ACCOUNT, is_root, own_by_server

POLL_SECONDS = 0.02
PORT_TRIES = 3
LARGEST_LOG = 20_000_000
"""Bytes of a log before it is begun anew: weeks of a server that is well."""
_LISTENING = "0A"  # in /proc/net/tcp
PORTS = range(20000, 32768)
"""Below the kernel's range for outgoing connections: there, a client that retries while its server is down is at
times given the server's port as its own, connects to itself, and the server cannot come back."""


def as_server(command: Sequence[str | Path], *, death_signal: str | None = None) -> list[str]:
    """Return the command line that runs `command` under the servers' account.

    Parameters
    ----------
    death_signal
        What the kernel sends the process when the *thread* that starts it ends, also by `kill -9`;
        so start servers from a thread that lives as long as they shall.
    """
    options = ["setpriv"]
    if is_root():
        account = pwd.getpwnam(SERVER_ACCOUNT)
        options += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    if death_signal:
        options.append(f"--pdeathsig={death_signal}")
    return [*options, "--", *map(str, command)] if len(options) > 1 else [str(part) for part in command]


def environment() -> dict[str, str]:
    """Return the environment of server programs: plain messages, UTC, nothing of the caller's."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def run(command: Sequence[str | Path], *, cwd: Path) -> None:
    """Run a server's helper program to its end under the servers' account.

    Raises
    ------
    CityopsError
        It failed; its own words follow.
    """
    done = subprocess.run(as_server(command), cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CityopsError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: str,
    variables: Mapping[str, str] | None = None,
    handed: Sequence[int] = (),
    machine: Machine = LOOPBACK,
) -> subprocess.Popen[bytes]:
    """Start a server, its output appended to `log`, in a session of its own; `variables` are told it beside ours.

    The file descriptors that are `handed` to it have the same numbers there.

    A Ctrl-C in the terminal reaches only the caller, which then stops the servers in the right order.
    """
    bounded(log)
    with log.open("ab") as output:
        own_by_server(log)
        return subprocess.Popen(
            machine.within(as_server(command, death_signal=death_signal)),
            cwd=log.parent,
            env=environment() | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=handed,
            start_new_session=True,
        )


def bounded(log: Path, largest: int = LARGEST_LOG) -> None:
    """Begin a log anew once it is larger than this, keeping what was in it as `.1` in place of the one before.

    The file stays the same, for its writer has it open to append; what is written between copy and cut is lost.
    """
    if log.exists() and log.stat().st_size > largest:
        shutil.copy2(log, log.with_name(f"{log.name}.1"))
        os.truncate(log, 0)


def end(process: subprocess.Popen[bytes], how: signal.Signals, *, patience: float) -> None:
    """Send a signal and wait; after `patience` seconds SIGKILL ends what did not obey."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], *, seconds: float) -> bool:
    """Ask until `is_so` answers true or the time is over; return the last answer."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of a server's log for an error message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class PortTakenError(CityopsError):
    """A server could not listen: another program has taken the port between the check and the start."""


def choose_port(memory: Path, wanted: int | None = None) -> int:
    """Return a free loopback port: the wanted one, else that of the last start, else any; and remember it.

    Raises
    ------
    PortTakenError
        The wanted port is taken.
    """
    if wanted and not is_free(wanted):
        raise PortTakenError(
            f"Port {wanted} is taken by another program: end that program, or name another port or none."
        )
    port = wanted or (int(memory.read_text()) if memory.exists() else 0)
    if not port or not is_free(port):
        (port,) = free_ports(1)
    memory.write_text(str(port))
    return port


def start_on_a_port(memory: Path, wanted: int | None, start: Callable[[int], None]) -> None:
    """Start a server by `start(port)` on the wanted port, or else on the one of the last start or any free one.

    Raises
    ------
    PortTakenError
        The wanted port, or one chosen after the other, was taken just before the server could listen.
    """
    for tries_left in reversed(range(PORT_TRIES)):
        try:
            start(choose_port(memory, wanted))
        except PortTakenError:
            if wanted or not tries_left:
                raise
        else:
            return


def listens(pid: int, port: int) -> bool:
    """Tell whether it is this process that listens on the port, on whatever machine, and not another program."""
    try:
        open_files = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()}
        table = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    except OSError:
        return False
    at = f":{port:04X}"
    return any(f"socket:[{row[9]}]" in open_files for row in table if row[1].endswith(at) and row[3] == _LISTENING)


def free_ports(count: int) -> list[int]:
    """Return loopback ports that nobody listens on now, all different."""
    candidates = random.sample(PORTS, len(PORTS))
    return list(itertools.islice(filter(is_free, candidates), count))
