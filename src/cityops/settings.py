"""Settings of every deployable: read from `CITYOPS_*` environment variables, nothing else."""

from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Addresses of the parts; the verbs `up` and `demo` set them for the parts they start."""

    model_config = SettingsConfigDict(env_prefix="CITYOPS_")

    database_url: str = ""
    """`postgresql://user:password@host:port/database`; empty means the embedded database."""
    mqtt_url: str = ""
    """`mqtt://[user:password@]host:port`; empty means the embedded broker."""
    api_url: str = "http://127.0.0.1:8000"
    """Where the dashboard and the client find the API."""


@lru_cache
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
