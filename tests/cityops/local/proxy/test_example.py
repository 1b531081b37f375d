"""The shipped configuration of the proxy with this machine's addresses: nothing else of it changes."""

import re
from pathlib import Path

from cityops.local.deployed import deployed_text
from cityops.local.proxy.example import placed

BACKS = {"dashboard": [8050, 8051], "api": [8000, 8002, 8003], "ingest-http": [8001], "mqtt": [1883]}
FRONTS = {"dashboard": 5, "api": 6, "ingest-http": 7, "mqtt": 8}
ADMIN = Path("/folder/admin.sock")


def text(**more: Path) -> str:
    return placed(deployed_text("haproxy.cfg"), FRONTS, BACKS, ADMIN, **more)


def listens(text: str) -> list[str]:
    return re.findall(r"^    bind (.+)$", text, re.MULTILINE)


def test_every_front_is_inherited_and_every_server_is_on_loopback() -> None:
    made = text()
    assert listens(made) == ["fd@5", "fd@6", "fd@7", "fd@8"]
    assert re.findall(r"server \S+ (\S+) check", made) == [
        *("127.0.0.1:8050", "127.0.0.1:8051"),
        *("127.0.0.1:8000", "127.0.0.1:8002", "127.0.0.1:8003") * 2,  # once more for when none of them is ready
        *("127.0.0.1:8001", "127.0.0.1:1883"),
    ]
    assert "stats socket /folder/admin.sock mode 600 level admin" in made


def test_a_part_that_nobody_listens_for_is_left_out() -> None:
    made = placed(deployed_text("haproxy.cfg"), {"ingest-http": 7}, BACKS, ADMIN)
    assert re.findall(r"^(?:listen|frontend|backend) (\S+)", made, re.MULTILINE) == ["ingest-http"]


def test_a_certificate_takes_the_place_of_the_shipped_ones() -> None:
    tls = "ssl crt /folder/own.pem alpn h2,http/1.1"
    assert listens(text(certificate=Path("/folder/own.pem"))) == [
        *(f"fd@{fd} {tls}" for fd in (5, 6, 7)),
        "fd@8",
    ]


def test_everything_else_is_as_shipped() -> None:
    """Whoever takes the example has what the tests have had, but for addresses and accounts."""
    words = "bind|server|stats socket|user|group|chroot|maxconn|acl"
    own = re.compile(rf"^    ({words}) |^frontend plain|redirect scheme")

    def rest(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.strip() and not own.search(line)]

    assert rest(text()) == rest(deployed_text("haproxy.cfg"))
