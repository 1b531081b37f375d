"""Text that nothing can keep: what is no Unicode, or holds NUL; found by name in the parts of a request."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

NUL = "holds the character NUL, which no database keeps: leave it out"
NO_UNICODE = "is no valid Unicode, such as half of a pair or a byte that is no UTF-8: send whole characters in UTF-8"

HEADERS = frozenset({b"authorization", b"x-request-id", b"x-forwarded-for", b"x-forwarded-proto", b"origin", b"host"})
"""Headers that we read as text. Cookies are not among them: those of other sites of the same host come along."""

_Way = tuple[()] | tuple["_Way", str | int]
"""Where a value stands in a document: within what, under which name or place; nothing for the document itself."""

_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\x00")


class Flaw(NamedTuple):
    """A text that is refused: the name of what holds it, and why."""

    item: str
    reason: str


def reason(text: str) -> str | None:
    """Return why a text cannot be kept; None if it can."""
    if "\0" in text:
        return NUL
    try:
        text.encode()
    except UnicodeEncodeError:
        return NO_UNICODE
    return None


def in_json(sent: Any, raw: bytes | None = None) -> Iterator[Flaw]:
    """Yield the flaws of a decoded JSON document, named by their path such as `scope_codes.2`.

    Parameters
    ----------
    raw
        The bytes it was decoded from, if known: where nothing in them can make a flaw, the document is not walked.
    """
    if raw is not None and _is_utf8(raw) and not _SUSPECT.search(raw):
        return
    for way, text, is_name in _texts(sent):
        if (why := reason(text)) is not None:
            yield Flaw(_written(way), f"the name {why}" if is_name else why)


def _texts(sent: Any) -> Iterator[tuple[_Way, str, bool]]:
    """Yield every name and value of a document that is a text; no recursion: the document chooses its depth."""
    waiting: list[tuple[_Way, Any]] = [((), sent)]
    while waiting:
        way, value = waiting.pop()
        if isinstance(value, str):
            yield way, value, False
        elif isinstance(value, dict):
            yield from (((way, name), name, True) for name in value)
            waiting += [((way, name), one) for name, one in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [((way, place), value[place]) for place in reversed(range(len(value)))]


def in_address(path: bytes, query: bytes) -> Iterator[Flaw]:
    """Yield the flaws of an address as it was sent, both still percent-encoded: of its path, and by parameter."""
    if (why := _reason_of(unquote_to_bytes(path))) is not None:
        yield Flaw("path", why)
    for pair in query.split(b"&"):
        name, _, value = (unquote_to_bytes(part) for part in pair.partition(b"="))
        if (why := _reason_of(name)) is not None:
            yield Flaw(shown(name), f"the name {why}")
        elif (why := _reason_of(value)) is not None:
            yield Flaw(shown(name), why)


def in_headers(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Flaw]:
    """Yield the flaws of those headers that we read; their names are in lower case."""
    for name, value in headers:
        if name in HEADERS and (why := _reason_of(value)) is not None:
            yield Flaw(name.decode(), why)


def shown(name: str | bytes) -> str:
    """Return a name in which what is wrong is written out, as Python writes it."""
    raw = name.encode(errors="backslashreplace") if isinstance(name, str) else name
    return raw.decode(errors="backslashreplace").replace("\0", "\\x00")


def _written(way: _Way) -> str:
    steps: list[str] = []
    while way:
        way, step = way
        steps.append(shown(str(step)))
    return ".".join(reversed(steps))


def _reason_of(raw: bytes) -> str | None:
    return reason(raw.decode()) if _is_utf8(raw) else NO_UNICODE


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
