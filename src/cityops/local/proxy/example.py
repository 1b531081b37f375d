"""Gives the shipped example of a proxy's configuration, deploy/haproxy.cfg, addresses of this machine."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_HEADING = re.compile(r"^(global|defaults|frontend|listen|backend)\b *(\S*)")
_SYSTEM = re.compile(r"^ +(user|group|chroot|maxconn) ")
_ADDRESS = re.compile(r"(?<=^    bind )\S+")
_TLS = re.compile(r" ssl crt \S+ alpn \S+")
_DASHBOARDS = re.compile(r"(?<=^    acl from_dashboard src ).+$")
_SERVER = re.compile(r"^    server (\S+) (\S+)(.*)$")
_SOCKET = re.compile(r"(?<=^    stats socket )\S+")

ANY = "-any"
"""Ends the name of a backend that holds a part's servers once more, for when none of them is ready."""


def placed(
    example: str,
    fronts: Mapping[str, int],
    backs: Mapping[str, Sequence[int]],
    admin: Path,
    certificate: Path | None = None,
) -> str:
    """Return the example for this machine: it listens on inherited sockets and knows servers on loopback.

    Parameters
    ----------
    fronts
        File descriptors that are listened on, by the part's name; sections of other parts are left out.
    backs
        Loopback ports of the servers by the part's name.
    admin
        Socket of the administrator.
    certificate
        File with certificate and key; None has the fronts speak plain HTTP.
    """
    sections = (_section(lines, fronts, backs, certificate) for lines in _sections(example))
    lines = [line for section in sections for line in section]
    return "\n".join(_SOCKET.sub(str(admin), line) for line in lines if not _SYSTEM.match(line)) + "\n"


def _sections(text: str) -> Iterator[list[str]]:
    """Yield the lines of each section, its heading first."""
    section: list[str] = []
    for line in text.splitlines():
        if _HEADING.match(line):
            yield section
            section = []
        section.append(line)
    yield section


def _section(
    lines: list[str], fronts: Mapping[str, int], backs: Mapping[str, Sequence[int]], certificate: Path | None
) -> Iterator[str]:
    """Yield a section with this machine's addresses; nothing of one that nobody listens for."""
    heading = _HEADING.match(lines[0]) if lines else None
    if heading is None or heading[1] in {"global", "defaults"}:
        yield from lines
        return
    part = heading[2].removesuffix(ANY)
    if part not in fronts:
        return
    ports = backs[part]
    for line in lines:
        if server := _SERVER.match(line):
            yield from (f"    server {n} 127.0.0.1:{port}{server[3]}" for n, port in enumerate(ports, 1))
            ports = ()  # the first stands for all
        else:
            yield _DASHBOARDS.sub("127.0.0.1", _bound(line, fronts[part], certificate))


def _bound(line: str, front: int, certificate: Path | None) -> str:
    """Return a line with the part's own socket and certificate, if it says where to listen."""
    tls = f" ssl crt {certificate} alpn h2,http/1.1" if certificate else ""
    return _TLS.sub(tls, _ADDRESS.sub(f"fd@{front}", line))
