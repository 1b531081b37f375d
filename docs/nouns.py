"""The nouns of the code: which file names stand in more than one place of the three packages, and what each means."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = (ROOT / "ingest/cityops_ingest", ROOT / "src/cityops", ROOT / "dashboards/cityops_dashboards")


def recurring() -> Mapping[str, list[Path]]:
    """Return the names of modules and packages that stand in two places or more, with these, from the root."""
    places: dict[str, list[Path]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted(package.rglob("*.py")):
            place = file.parent if file.name == "__init__.py" else file
            if place != package:
                places[place.stem].append(place.relative_to(ROOT))
    return {name: found for name, found in sorted(places.items()) if len(found) > 1}


def declared() -> Mapping[str, str]:
    """Return what each of them is said to mean."""
    meanings: dict[str, str] = tomllib.loads((ROOT / "docs/nouns.toml").read_text(encoding="utf-8"))
    return meanings
