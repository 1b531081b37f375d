"""Settings: the environment before files, one value read once, and addresses of which the password could be taken."""

from pathlib import Path

import pytest

from cityops.errors import CityopsError
from cityops.settings import SECRETS, Settings, settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [one for one in os.environ if one.startswith("CITYOPS_")]:
        monkeypatch.delenv(name)


def test_without_any_environment_nothing_is_set_but_where_the_parts_find_each_other() -> None:
    told = {name: value for name, value in Settings().model_dump().items() if value}
    assert told == {"api_url": "http://127.0.0.1:8000", "trusted_proxies": "127.0.0.1"}


def test_every_secret_is_a_setting_and_every_password_is_a_secret() -> None:
    names = set(Settings.model_fields)
    assert set(SECRETS) <= names
    assert {one for one in names if "password" in one or one.endswith(("secret", "key"))} <= set(SECRETS)


def test_a_file_s_value_is_taken_without_its_end_of_line_and_the_environment_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(" 密 码 \r\n", encoding="utf-8")
    monkeypatch.setenv("CITYOPS_SECRET_FILE", str(tmp_path / "secret"))
    assert Settings().secret == "密 码"
    monkeypatch.setenv("CITYOPS_SECRET", "of the environment")
    assert Settings().secret == "of the environment"


@pytest.mark.parametrize("content", [None, b"\xff\xfe", "folder"])
def test_a_file_that_cannot_be_read_is_named_with_its_setting(
    content: bytes | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "api_key"
    if content == "folder":
        file.mkdir()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    monkeypatch.setenv("CITYOPS_API_KEY_FILE", str(file))
    with pytest.raises(CityopsError, match=f"CITYOPS_API_KEY_FILE names {file}, which cannot be read"):
        Settings()


def test_an_empty_name_of_a_file_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_API_KEY_FILE", "")
    assert Settings().api_key == ""


def test_they_are_read_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    try:
        monkeypatch.setenv("CITYOPS_INSTANCE", "first")
        assert settings().instance == "first"
        monkeypatch.setenv("CITYOPS_INSTANCE", "second")
        assert settings().instance == "first"
    finally:
        settings.cache_clear()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://cityops@db/cityops",
        "postgresql://db:5432/cityops",
        "postgresql://user:p%40ss%2Fword@db:5432/cityops",
        "postgresql://user:pass@[::1]:5432/cityops",
        "postgresql:///cityops?host=/run/postgresql",
    ],
)
def test_an_address_is_given_back_as_it_is(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", address)
    monkeypatch.setenv("CITYOPS_MQTT_URL", address.replace("postgresql", "mqtt"))
    assert Settings().require_database() == address
    assert Settings().require_mqtt() == address.replace("postgresql", "mqtt")


@pytest.mark.parametrize("letter", ["/", "?", "#", "@", "[", "]", " "])
def test_a_password_that_would_be_taken_for_a_host_is_refused_without_being_told(
    letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYOPS_DATABASE_URL", f"postgresql://user:pass{letter}word@db:5432/cityops")
    with pytest.raises(CityopsError, match="CITYOPS_DATABASE_URL: user or password holds one of") as told:
        Settings().require_database()
    assert "word@" not in str(told.value)


def test_what_is_not_set_is_named_with_an_example() -> None:
    with pytest.raises(CityopsError, match="CITYOPS_DATABASE_URL is not set: give it, such as postgresql://"):
        Settings().require_database()
    with pytest.raises(CityopsError, match="CITYOPS_MQTT_URL is not set: give it, such as mqtt://"):
        Settings().require_mqtt()
