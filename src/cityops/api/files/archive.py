"""A zip of a CSV and its descriptor, whose size and SHA-256 are those of what was sent; made while it is sent."""

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from cityops.api.files.sink import Sink

FAST = 1
"""Level of compression: of CSV, slower ones save little."""

DESCRIPTOR = "datapackage.json"

Describe = Callable[[int, str], dict[str, Any]]
"""Returns the descriptor of a file of so many bytes with this SHA-256."""


def archive(name: str, pieces: Iterable[bytes], describe: Describe) -> Iterator[bytes]:
    """Yield the zip; its directory stands at the end, so that one that was cut off cannot be opened."""
    sink, digest, size = Sink(), hashlib.sha256(), 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as made:
        with made.open(name, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
                if ready := sink.taken():
                    yield ready
        made.writestr(DESCRIPTOR, orjson.dumps(describe(size, digest.hexdigest()), option=orjson.OPT_INDENT_2))
    yield sink.taken()
