"""What a part writes to its log from now on, for the screen of the one who has started it."""

from collections.abc import Iterator
from pathlib import Path

from cityops.visible import visible


class Tail:
    """Lines of a log that hold `text`; each look gives those that have come since the last one."""

    def __init__(self, log: Path, text: str) -> None:
        self._log, self._text = log, text
        self._seen = log.stat().st_size if log.exists() else 0

    def __iter__(self) -> Iterator[str]:
        """Yield the new lines that are whole."""
        if not self._log.exists():
            return
        if self._log.stat().st_size < self._seen:  # begun anew meanwhile
            self._seen = 0
        with self._log.open("rb") as file:
            file.seek(self._seen)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._seen += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if self._text in line:
                yield visible(line)
