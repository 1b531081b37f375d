"""What processes of one platform must have in common, and in what those that run differ: for log and doctor."""

import hmac
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from cityops.domain.findings import Finding, serious, warning

EVERY = timedelta(seconds=10)
"""So often a process notes that it runs."""
ALIVE = 3 * EVERY
"""Who has noted nothing for so long runs no more."""
KEPT = timedelta(hours=1)
CLOCK_S = 5.0
"""From this on clocks count as apart, as in the rest of the doctor's checks."""

WORKERS = frozenset({"ingest mqtt", "ingest http"})
"""Parts whose name is chosen, and stands for one process."""


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A process that runs: what it is, where, and what it goes by.

    `name` tells those of a part on one host apart: a worker's name, a port. `marks` are digests of what must be the
    same in all that have it, by setting. `clock_ahead_s` is how far its clock is ahead of the database's.
    """

    id: str
    part: str
    name: str
    host: str
    pid: int
    version: str
    schema_head: str | None
    marks: Mapping[str, str]
    clock_ahead_s: float
    started_at: datetime
    seen_at: datetime

    def __str__(self) -> str:
        """Return where it is, for messages."""
        return f"{self.part} {self.name} at {self.host} ({self.pid})"


def fingerprint(secret: str, name: str) -> str:
    """Return what tells a secret from another one and does not tell the secret: HMAC-SHA-256 (RFC 2104), 128 bits."""
    return hmac.digest(secret.encode(), f"cityops {name}".encode(), "sha256")[:16].hex()


def living(found: Sequence[RunningProcess]) -> list[RunningProcess]:
    """Return those that run, without who was started again in the same place: it notes nothing any more."""
    newest: dict[tuple[str, str, str], datetime] = {}
    for one in found:
        place = (one.part, one.host, one.name)
        newest[place] = max(one.started_at, newest.get(place, one.started_at))
    return [one for one in found if newest[one.part, one.host, one.name] <= one.seen_at]


_SIGNED_OUT = "behind a proxy people are signed out at each request that another answers"
_ANSWERS = "answers differ by which of them gives them"
EFFECTS: Mapping[str, str] = {
    "CITYOPS_SECRET": _SIGNED_OUT,
    "CITYOPS_OIDC_ISSUER": "people can sign in at some of them alone",
    "CITYOPS_OIDC_CLIENT_ID": "people can sign in at some of them alone",
    "CITYOPS_OIDC_CLIENT_SECRET": "people can sign in at some of them alone",
    "CITYOPS_OIDC_MAPPING": "the same person gets another role by where he signs in",
    "CITYOPS_INDICATORS": _ANSWERS,
    "CITYOPS_FORMS": _ANSWERS,
    "CITYOPS_REPORTS": _ANSWERS,
    "CITYOPS_SCENES": "walls differ by which dashboard shows them",
    "CITYOPS_VIDEO_GATEWAY": "a channel that one opens, another does not show",
    "--adapters of the ingest": "what one stores, another refuses",
}
"""What comes of it where processes have not the same of a setting; a digest of each is a mark."""


def differences(found: Sequence[RunningProcess], of: str | None = None) -> Iterator[Finding]:
    """Yield in what processes that run beside each other differ; with an id in `of`, what it has part in."""
    running = sorted(living(found), key=str)
    for mark, effect in EFFECTS.items():
        having = [one for one in running if mark in one.marks]
        yield from _apart(having, partial(_marked, mark), of, _of_setting(mark, effect))
    yield from _apart(running, lambda one: one.version, of, _of_version)
    yield from _apart([one for one in running if one.schema_head], lambda one: str(one.schema_head), of, _of_schema)
    yield from _doubled(running, of)
    for one in running:
        if abs(one.clock_ahead_s) > CLOCK_S and of in {None, one.id}:
            told = f"its clock is {one.clock_ahead_s:+.0f} s from the database's"
            yield warning(str(one), told, "run NTP on all machines")


Told = Callable[[str], Finding]


def _of_setting(name: str, effect: str) -> Told:
    remedy = "give all of them the same, and start those that differ again, one after the other"
    return lambda where: serious(name, f"differs: {where}; {effect}", remedy)


def _of_version(where: str) -> Finding:
    return warning("version", f"differs: {where}", "finish the update")


def _of_schema(where: str) -> Finding:
    return serious("schema", f"they need different ones: {where}", "start the older ones again as the newer version")


def _marked(name: str, one: RunningProcess) -> str:
    return one.marks[name]


def _apart(
    having: Sequence[RunningProcess], value: Callable[[RunningProcess], str], of: str | None, told: Told
) -> Iterator[Finding]:
    groups: dict[str, list[RunningProcess]] = defaultdict(list)
    for one in having:
        groups[value(one)].append(one)
    if len(groups) > 1 and (of is None or any(one.id == of for one in having)):
        yield told(" against ".join(", ".join(map(str, group)) for group in groups.values()))


def _doubled(running: Sequence[RunningProcess], of: str | None) -> Iterator[Finding]:
    named: dict[str, list[RunningProcess]] = defaultdict(list)
    for one in running:
        if one.part in WORKERS:
            named[one.name].append(one)
    for name, group in named.items():
        if len(group) > 1 and (of is None or any(one.id == of for one in group)):
            is_mqtt = any(one.part == "ingest mqtt" for one in group)
            effect = "they throw each other out at Mosquitto" if is_mqtt else "each waits while the other stores"
            told = f"is that of several: {', '.join(map(str, group))}; {effect}"
            yield serious(f"worker {name}", told, "give each its own --worker, and keep it")
