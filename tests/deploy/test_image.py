"""The Dockerfile as far as it can be read without a builder: its files are there and sent, and nobody is root."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SENT = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_what_the_package_is_built_from_reaches_the_builder() -> None:
    metadata, wheel = project()["project"], project()["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = ["pyproject.toml", metadata["readme"], *metadata["license-files"]]
    needed += [*wheel["packages"], *wheel["force-include"]]
    assert {path.partition("/")[0] for path in needed} <= SENT


def test_every_copied_file_is_there_and_reaches_the_builder() -> None:
    copies = re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
    words = {word for copy in copies if "--from" not in copy and "<<" not in copy for word in copy.split()}
    sources = {word for word in words if word != "." and not word.startswith("--")}
    assert sources == {"pyproject.toml", "constraints.txt", "ingest/replica.sh"}
    assert all((ROOT / source).is_file() and source.partition("/")[0] in SENT for source in sources)


def test_the_image_runs_as_an_ordinary_user_on_a_supported_python() -> None:
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE) == ["cityops"]
    [version] = set(re.findall(r"^FROM python:(\d+\.\d+)-slim", DOCKERFILE, re.MULTILINE))
    assert f">={version}" == project()["project"]["requires-python"]
