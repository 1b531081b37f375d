"""Settings of every deployable: from `CITYOPS_*` environment variables, or the files that `CITYOPS_*_FILE` name."""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from cityops import addresses
from cityops.errors import CityopsError
from cityops.redaction import hide

SECRETS = (
    *(
        "database_url",
        "database_read_url",
        "api_db_password",
        "ingest_db_password",
        "mqtt_url",
        "mqtt_admin_url",
        "api_key",
        "secret",
    ),
    *("ingest_password", "broker_admin_password", "simulator_password", "sparkplug_password"),
    *("mqtt_former_password", "oidc_client_secret"),
)
"""Settings that are, or hold, a secret: none of them is ever logged."""


class Settings(BaseSettings):
    """Addresses of the parts; the verbs `up` and `demo` set them for the parts they start."""

    model_config = SettingsConfigDict(env_prefix="CITYOPS_")

    database_url: str = ""
    """`postgresql://user:password@host:port/database`; empty means the embedded database."""
    database_read_url: str = ""
    """Where the API finds a standby for questions: `…?host=a,b&target_session_attrs=prefer-standby`; empty: none."""
    mqtt_url: str = ""
    """`mqtt[s]://[user:password@]host:port`, for workers at RabbitMQ `amqp[s]://user:password@host,host`; empty means
    the embedded broker."""
    mqtt_admin_url: str = ""
    """The same for the user who lets source systems in at the broker, at RabbitMQ `http[s]://user:password@host,host`;
    empty: keys are good over HTTP alone."""
    mqtt_former_password: str = ""
    """The password that the workers had at the broker before, so that they take over the sessions it has named."""
    mqtt_ca_file: str = ""
    """Certificate of the authority that signed the broker's, for `mqtts://`; empty: those this machine trusts."""
    api_url: str = "http://127.0.0.1:8000"
    """Where the dashboard and the client find the API."""
    api_key: str = ""
    """What the dashboard shows at the API's door for what all its screens share."""
    api_db_password: str = ""
    """Which password `cityops db upgrade` gives to the API's login; empty leaves it."""
    ingest_db_password: str = ""
    """Likewise that of the workers' login."""
    ingest_password: str = ""
    """Which password `cityops broker users` gives to the workers' user at the broker."""
    broker_admin_password: str = ""
    """Likewise to the user who lets source systems in."""
    simulator_password: str = ""
    """Likewise to the simulator's; empty: there is none."""
    sparkplug_password: str = ""
    """Likewise to the user of the worker that may ask Sparkplug's nodes for births; empty: there is none."""
    instance: str = ""
    """Which start of `up` or `demo` a part belongs to: told at its health, so that the start knows its own."""
    scenes: str = ""
    """Path of a folder with a file for each scene of the wall; empty: the shipped ones."""
    indicators: str = ""
    """Path of a folder with a file for each theme of indicators; empty: the shipped ones."""
    forms: str = ""
    """Path of a folder with a file for each form that is filled in; empty: the shipped ones."""
    reports: str = ""
    """Path of a folder with a file for each report; empty: the shipped ones."""
    packs: str = ""
    """Path of the folder of daily packs, which `cityops packs make` fills and the API lists; empty: none."""
    map_number: str = ""
    """Number under which the map authority has approved the wall's map (审图号); empty: none stands under it."""
    map_attribution: str = ""
    """Whose data the maps are drawn from, as it must stand under them; empty: those of the shipped shapes."""
    video_gateway: str = ""
    """Where a video channel plays, as `https://gateway.example/play/{code}`; empty: none is opened."""
    secret: str = ""
    """What the dashboard signs its session cookies with; empty: a new one at each start, which ends all sessions."""

    oidc_issuer: str = ""
    """Address of the city's single sign-on as it names itself; empty: people sign in by passwords alone."""
    oidc_client_id: str = ""
    """What we are called at the single sign-on."""
    oidc_client_secret: str = ""
    """What the dashboard shows there for a code."""
    oidc_mapping: str = ""
    """Path of the TOML file that says what the API gives for which claims."""

    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, with commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    drain_s: float = Field(default=0.0, ge=0)
    """Behind a proxy: so many seconds API, dashboard and HTTP ingest answer on after SIGTERM, saying that they are
    not ready (`/health/ready`), so that the proxy sends elsewhere; 0: they stop at once."""
    grace_s: int = Field(default=0, ge=0)
    """So many seconds running answers, as long files, then get at most; 0: the API's 3, the HTTP ingest's 5, the
    dashboard's 1."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings passes all four by name
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment first, then the files it names; no other source."""
        return env_settings, InitSettingsSource(settings_cls, _from_files(settings_cls.model_fields))

    def model_post_init(self, _: Any) -> None:
        """Have the logs hide what is secret here."""
        hide(value for name in SECRETS if (value := getattr(self, name)))

    def require_database(self) -> str:
        """Return the database's address.

        Raises
        ------
        CityopsError
            None is set, or it is of another form.
        """
        name = "CITYOPS_DATABASE_URL"
        addresses.check_database(
            name, _required(self.database_url, name, "postgresql://user:password@host:5432/cityops")
        )
        return self.database_url

    def require_mqtt(self) -> str:
        """Return the broker's address.

        Raises
        ------
        CityopsError
            None is set, or it is of another form.
        """
        name = "CITYOPS_MQTT_URL"
        addresses.check_broker(name, _required(self.mqtt_url, name, "mqtt://user:password@host:1883"))
        return self.mqtt_url

    def check_addresses(self, *names: str) -> None:
        """Hold addresses of these settings against their form, those that are set.

        Raises
        ------
        CityopsError
            One is of another form; the first is told.
        """
        for _, told in addresses.faults({f"CITYOPS_{name.upper()}": getattr(self, name) for name in names}):
            raise CityopsError(told)


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


def _from_files(names: Iterable[str]) -> dict[str, str]:
    files = {name: os.environ.get(f"CITYOPS_{name.upper()}_FILE", "") for name in names}
    return {name: _read(name, file) for name, file in files.items() if file}


def _read(name: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CityopsError(
            f"CITYOPS_{name.upper()}_FILE names {file}, which cannot be read ({error.__class__.__name__}): "
            "name a text file that holds the value alone, readable for this account"
        ) from error


def _required(value: str, name: str, example: str) -> str:
    if not value:
        raise CityopsError(f"{name} is not set: give it, such as {example}, or run all parts with `cityops up`")
    who, at, _ = value.partition("://")[2].rpartition("@")
    if at and re.search(r"[/?#@\[\]\s]", who):
        # The rest of the password would be taken for host or port, and named in the error.
        raise CityopsError(
            f"{name}: user or password holds one of / ? # @ [ ] or a blank: write %2F %3F %23 %40 %5B %5D %20 instead"
        )
    return value
