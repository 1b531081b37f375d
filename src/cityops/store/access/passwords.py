"""Argon2id of passwords: made when one is set, compared when one is shown, with the same work whoever shows it.

Anybody may show a password. So they are compared in threads of their own that step back: whatever else the process
has to do goes first. One comparison spreads over four cores and takes 64 MiB.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from pwdlib import PasswordHash

_BEHIND = 15
"""Niceness of the threads; those that Argon2 starts for its lanes have it from them."""


def _step_back() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BEHIND)


_hasher = PasswordHash.recommended()
_comparing = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 4), "passwords", _step_back)


def digest(password: str) -> str:
    """Return what is kept of a password; 64 MiB and some 50 ms of work, anew at each call."""
    return _hasher.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password; where there is none to compare with, as much work is done and it is wrong."""
    right = _comparing.submit(lambda: _hasher.verify(password, kept or _nobodys())).result()
    return right and kept is not None


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return digest("a password that nobody has")
