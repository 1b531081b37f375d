"""What a password must be, and how lock-outs grow."""

from datetime import timedelta

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


def why(password: str, login: str = "wang") -> str:
    with pytest.raises(PasswordError) as refused:
        check_password(password, login)
    return str(refused.value)


@pytest.mark.parametrize("characters", [0, 11, 129])
def test_a_length_that_is_refused_is_told_with_those_that_are_taken(characters: int) -> None:
    password = ("trumpet lychee brick " * 7)[:characters]
    assert why(password) == (
        f"the password has {characters} characters: take 12 to 128, such as four unusual words"
    )  # fmt: skip


@pytest.mark.parametrize("characters", [12, 128])
def test_the_shortest_and_the_longest_are_taken(characters: int) -> None:
    check_password(("trumpet lychee brick " * 7)[:characters], "wang")


@pytest.mark.parametrize(
    ("password", "login"),
    [
        ("trumpet wang brick", "wang"),
        ("trumpet WANG brick", "wang"),
        ("trumpet wang brick", "Wang"),
        ("trumpet gnaw brick", "wang"),
        ("trumpet gnaw brick", "WANG"),
        ("春眠不觉晓处处闻啼鸟王丽", "王丽"),
    ],
)
def test_a_password_with_the_login_in_it_is_refused_in_either_direction(password: str, login: str) -> None:
    assert why(password, login) == "the password holds the login: take one that has nothing to do with it"


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "PASSWORD-password",
        "administrator-admin",
        "abcdefghijklm",
        "9876543210987",
        "qwertyuiopasdfgh",
        "123abc456def789",
        "abcde12345fgh67",
        "cityops-cityops-city",
        "xyxyxyxyxyxyxy",
        "password-v-w-x-y",  # five signs are left
    ],
)
def test_common_words_rows_of_keys_and_repetition_count_for_nothing(password: str) -> None:
    assert why(password) == (
        "the password is little but common words, rows of keys or repetition: take one that nobody would try"
    )


@pytest.mark.parametrize("password", ["password-v-w-x-y-q", "abc-def-xkzvmw", "aabbccxxyyzz!"])
def test_six_signs_beside_them_are_enough(password: str) -> None:
    check_password(password, "wang")


@pytest.mark.parametrize("failures", [-5, -1, 0, 1, 4, 6, 9, 11])
def test_fewer_failures_or_none_lock_nothing(failures: int) -> None:
    assert lock_after(failures) is None


@pytest.mark.parametrize(
    ("failures", "minutes"), [(5, 15), (10, 30), (15, 60), (20, 120), (25, 240), (30, 240), (5_000_000, 240)]
)
def test_each_lock_is_twice_as_long_up_to_four_hours(failures: int, minutes: int) -> None:
    assert lock_after(failures) == timedelta(minutes=minutes)


def test_a_random_password_can_be_read_out_and_is_never_the_same() -> None:
    made = {random_password() for _ in range(50)}
    assert len(made) == 50
    groups = [group for one in made for group in one.split("-")]
    assert {len(one.split("-")) for one in made} == {4}
    assert {len(group) for group in groups} == {5}
    assert not set("".join(groups)) & set("ilo01IO")
    assert len(set("".join(groups))) == 31
