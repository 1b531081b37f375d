"""What a password must be, and how long an account is locked after wrong ones."""

import secrets
from datetime import timedelta

from cityops.errors import CityopsError

SHORTEST, LONGEST = 12, 128
FAILURES = 5
"""So many wrong passwords in a row lock an account; so many more lock it again, for twice as long."""

FIRST_LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=4)

_COMMON = (
    *("password", "passw0rd", "p@ssw0rd", "qwerty", "qwertyuiop", "asdfgh", "zxcvbn", "1qaz2wsx", "qazwsx"),
    *("iloveyou", "woaini", "admin", "administrator", "welcome", "letmein", "changeme", "guangzhou", "cityops"),
)
_ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_DIFFERENT = 6
"""Characters that must differ in what remains once common words and rows of keys are taken out."""


class PasswordError(CityopsError):
    """A password that is refused; the text says why and what would be taken, and never the password."""


def check_password(password: str, login: str) -> None:
    """Refuse a password that is soon guessed.

    Raises
    ------
    PasswordError
        It is too short or too long, holds the login, or is little but common words, rows of keys or repetition.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(
            f"the password has {len(password)} characters: take {SHORTEST} to {LONGEST}, such as four unusual words"
        )
    lowered = password.lower()
    if login.lower() in lowered or login.lower()[::-1] in lowered:
        raise PasswordError("the password holds the login: take one that has nothing to do with it")
    if len(set(_unusual(lowered))) < _DIFFERENT:
        raise PasswordError(
            "the password is little but common words, rows of keys or repetition: take one that nobody would try"
        )


def random_password() -> str:
    """Return a password of 100 random bits, in groups that can be read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def lock_after(failures: int) -> timedelta | None:
    """Return how long so many wrong passwords in a row lock an account from the last of them; None: not at all."""
    if failures <= 0 or failures % FAILURES:
        return None
    return min(LONGEST_LOCK, FIRST_LOCK * (1 << min(failures // FAILURES - 1, 10)))


def _unusual(lowered: str) -> str:
    """Return a password without the common words and the rows of three or more keys in it."""
    for word in sorted(_COMMON, key=len, reverse=True):
        lowered = lowered.replace(word, "")
    kept, start = "", 0
    while start < len(lowered):
        end = start + 3
        if len(lowered) < end or not _is_row(lowered[start:end]):
            kept += lowered[start]
            start += 1
            continue
        while end < len(lowered) and _is_row(lowered[start : end + 1]):
            end += 1
        start = end
    return kept


def _is_row(part: str) -> bool:
    return any(part in row for row in _ROWS)
