"""Reads the servers' settings as we deploy them, from the checkout or from the installed package."""

import importlib.resources
from pathlib import Path

import cityops


def deployed_text(name: str) -> str:
    """Return the text of a file of ingest/ or deploy/, such as mosquitto.conf."""
    checkout = Path(cityops.__file__).resolve().parents[2]
    for file in (checkout / "ingest" / name, checkout / "deploy" / name):
        if file.exists():
            return file.read_text()
    return (importlib.resources.files("cityops") / "_deploy" / name).read_text()
