"""Cases that officers of the simulated city find on the street and report themselves: a function of seed and time."""

import random
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from cityops.simulate.cases import phrases
from cityops.simulate.noise import key_of
from cityops.simulate.streets import districts


def finds(
    seed: int, after: datetime, until: datetime, per_h: float, classes: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Yield what is reported in (after, until], as the API takes it; each under a token of its own."""
    if per_h <= 0:
        return
    width_s = 3600 / per_h
    known = sorted(set(classes) & phrases.TITLES.keys())
    first, last = int(after.timestamp() // width_s), int(until.timestamp() // width_s)
    for slot in range(first, last + 1):
        rng = random.Random(key_of(seed, "report", slot))
        at_s = (slot + rng.random()) * width_s
        if known and after.timestamp() < at_s <= until.timestamp():
            yield _found(seed, rng, known, datetime.fromtimestamp(at_s, until.tzinfo)) | {
                "token": f"found-{seed}-{slot}"
            }


def _found(seed: int, rng: random.Random, classes: list[str], at: datetime) -> dict[str, Any]:
    district = rng.choice(districts(seed))
    nth = rng.randrange(len(district.codes))
    road, spot = rng.choice(phrases.ROADS[district.region.code]), rng.choice(phrases.SPOTS)
    class_code = rng.choice(classes)
    title = phrases.title(class_code, district.names[nth], road, spot, rng)
    lon, lat = district.centres[nth].round(6).tolist()
    return {
        "class_": class_code,
        "title": title,
        "text": f"巡查发现：{title}。（模拟）",
        "region": district.codes[nth],
        "address": f"广州市{district.region.name_zh}{district.names[nth]}{road}{spot}",
        "lon": lon,
        "lat": lat,
        "occurred_at": at,
    }
