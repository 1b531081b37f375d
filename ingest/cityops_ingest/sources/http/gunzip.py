"""Decompresses gzip as it comes in, all of its members to the last byte, within a bound; refuses anything else."""

import zlib

MOST_MEMBERS = 1_000
"""Members of one body: who compresses piece by piece has a few; an empty one of 20 bytes costs as much as others."""

_GZIP = 16 + zlib.MAX_WBITS


class GunzipError(ValueError):
    """The bytes are not gzip, or not only; the text says what is wrong, and what to do."""


class Gunzip:
    """Turns compressed bytes into at most `most` others; what is beyond is dropped, for its reader to refuse."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._members = 1
        self._inflater = zlib.decompressobj(_GZIP)

    def feed(self, data: bytes) -> bytes:
        """Return what the next bytes come to.

        Raises
        ------
        GunzipError
            They are not gzip, or follow the end of it.
        """
        found = bytearray()
        try:
            while data and self._left:
                if self._inflater.eof:
                    self._next_member()
                piece = self._inflater.decompress(data, self._left)
                self._left -= len(piece)
                found += piece
                data = self._inflater.unused_data
        except zlib.error as error:
            what = "the body is not gzip" if self._members == 1 else "what follows the compressed body is not gzip"
            raise GunzipError(f"{what}: {error}") from error
        return bytes(found)

    def end(self) -> None:
        """Say that no bytes follow.

        Raises
        ------
        GunzipError
            They end too early.
        """
        if not self._inflater.eof:
            raise GunzipError("the compressed body ends too early: send it again")

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise GunzipError(f"more than {MOST_MEMBERS:,} members of gzip: compress the body as a whole")
        self._inflater = zlib.decompressobj(_GZIP)
