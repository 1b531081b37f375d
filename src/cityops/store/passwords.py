"""Argon2id of passwords: made when one is set, compared when one is shown, with the same work whoever shows it."""

from functools import lru_cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

_hasher = PasswordHash.recommended()
_at_once = BoundedSemaphore(4)  # of 64 MiB and a core each; more would wait for one another anyway


def digest(password: str) -> str:
    """Return what is kept of a password; 64 MiB and some 50 ms of work, anew at each call."""
    return _hasher.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password; where there is none to compare with, as much work is done and it is wrong."""
    with _at_once:
        right = _hasher.verify(password, kept or _nobodys())
    return right and kept is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return digest("a password that nobody has")
