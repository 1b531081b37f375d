"""Settings of every deployable: read from `CITYOPS_*` environment variables, nothing else."""

from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict

from cityops.errors import CityopsError


class Settings(BaseSettings):
    """Addresses of the parts; the verbs `up` and `demo` set them for the parts they start."""

    model_config = SettingsConfigDict(env_prefix="CITYOPS_")

    database_url: str = ""
    """`postgresql://user:password@host:port/database`; empty means the embedded database."""
    mqtt_url: str = ""
    """`mqtt://[user:password@]host:port`; empty means the embedded broker."""
    api_url: str = "http://127.0.0.1:8000"
    """Where the dashboard and the client find the API."""
    api_key: str = ""
    """What the dashboard shows at the API's door for what all its screens share."""

    def require_database(self) -> str:
        """Return the database's address.

        Raises
        ------
        CityopsError
            None is set.
        """
        return _required(self.database_url, "CITYOPS_DATABASE_URL", "postgresql://user:password@host:5432/cityops")

    def require_mqtt(self) -> str:
        """Return the broker's address.

        Raises
        ------
        CityopsError
            None is set.
        """
        return _required(self.mqtt_url, "CITYOPS_MQTT_URL", "mqtt://user:password@host:1883")


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()


def _required(value: str, name: str, example: str) -> str:
    if not value:
        raise CityopsError(f"{name} is not set: give it, such as {example}, or run all parts with `cityops up`")
    return value
