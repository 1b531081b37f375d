"""What is kept of a password: another text at each call, from which only the password itself is right."""

import pytest

from cityops.store.access import passwords

RIGHT = "荔枝-kumquat-Lantern-4711"


@pytest.fixture(scope="module")
def kept() -> str:
    """Give what is kept of a password."""
    return passwords.digest(RIGHT)


def test_a_digest_is_argon2id_and_holds_nothing_of_the_password(kept: str) -> None:
    assert kept.startswith("$argon2id$")
    assert not any(part in kept for part in RIGHT.split("-"))


def test_the_same_password_has_another_digest_each_time_and_is_right_for_both(kept: str) -> None:
    again = passwords.digest(RIGHT)
    assert again != kept
    assert passwords.is_right(RIGHT, kept)
    assert passwords.is_right(RIGHT, again)


@pytest.mark.parametrize("shown", ["", f"{RIGHT} ", RIGHT.lower()])
def test_anything_else_is_wrong(shown: str, kept: str) -> None:
    assert not passwords.is_right(shown, kept)


@pytest.mark.parametrize("shown", [RIGHT, "a password that nobody has"])
def test_where_there_is_no_password_none_is_right(shown: str) -> None:
    assert not passwords.is_right(shown, None)
