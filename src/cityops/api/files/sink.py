"""Where writers of formats write to: what has been written is taken away piece by piece and sent."""

import io
from typing import Any


class Sink(io.RawIOBase):
    """A file that cannot be read or sought, and keeps nothing that was taken."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Keep a copy of the bytes until they are taken."""
        piece = bytes(data)
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces.clear()
        return whole
