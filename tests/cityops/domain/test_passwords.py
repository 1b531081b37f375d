"""What a password must be, and how lock-outs grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops.domain.passwords import (
    FAILURES,
    FIRST_LOCK,
    LONGEST_LOCK,
    PasswordError,
    check_password,
    lock_after,
    random_password,
)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 129,
        "wang-and-something",
        "somethinggnaw-12",
        "Password123456",
        "qwertyuiop1234",
        "aaaaaaaaaaaaaaaa",
        "guangzhou-2026-2026",
    ],
)
def test_what_is_soon_guessed_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(PasswordError) as refused:
        check_password(password, "wang")
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["trumpet lychee brick", "春眠不觉晓处处闻啼鸟夜来"])
def test_what_nobody_would_try_is_taken(password: str) -> None:
    check_password(password, "wang")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=4, max_size=12))
def test_a_random_password_is_always_taken(login: str) -> None:
    made = random_password()
    if login not in made and login[::-1] not in made:
        check_password(made, login)


@given(st.integers(1, 10_000))
def test_locks_come_at_every_fifth_failure_and_never_shorten(failures: int) -> None:
    pause = lock_after(failures)
    assert (pause is None) == (failures % FAILURES != 0)
    if pause is not None:
        assert FIRST_LOCK <= pause <= LONGEST_LOCK
        assert pause >= (lock_after(failures - FAILURES) or FIRST_LOCK)
