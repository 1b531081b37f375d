"""The vital-sign tree over HTTP: of the city or a district, open down to its leaves, with what is missing and why."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from cityops.api import problems, schemas
from cityops.api.access.door import needs
from cityops.api.schemas.indicators import vital_signs as shapes
from cityops.api.state.city import City
from cityops.api.state.kept import PATIENCE_S
from cityops.api.state.regions import region_of
from cityops.api.state.vital_signs import RegionSigns, VitalSigns, changed
from cityops.domain.access import Permission
from cityops.domain.indicators.declared import BilingualName
from cityops.domain.indicators.vital_signs.tree import ROOT, VitalSignTree
from cityops.domain.regions import RegionLevel, is_city
from cityops.reference import CITY_CODE

router = APIRouter(tags=["series"], dependencies=[needs(Permission.AGGREGATE_READ)])


class VitalSignQuery(schemas.Query):
    """Of which city or district."""

    region: Annotated[str, Field(pattern=r"^[0-9]{6}$", description="the city or a district")] = CITY_CODE


@router.get("/vital-signs", responses=problems.documented(404, 422, 503))
async def get_vital_signs(request: Request, query: Annotated[VitalSignQuery, Query()]) -> shapes.VitalSigns:
    """Give the vital-sign tree (城市体征) of the city or a district, with all of its leaves.

    A leaf is an indicator's newest finished value, of readings the present one, on a scale of 0 (worst) to 10 (best).
    One that is missing or late takes no part, and says why; a sign of which less than half of the weight is known has
    no index. `covered` says how much an index is made of. Computed at most once in five seconds for all who ask, and
    anew as soon as a correction is made or ended.
    """
    city: City = request.app.state.city
    region_of(city.regions(), query.region)
    seen = await run_in_threadpool(changed, city)
    signs: VitalSigns | None = await request.app.state.vital_signs.get(seen, PATIENCE_S)
    if signs is None:
        raise problems.not_found(
            "tree of", "vital signs", "The folder of indicators in force has no file vital_signs.yaml."
        )
    own = signs.regions[query.region]
    names = _names(signs.tree)
    return shapes.VitalSigns(
        region_code=query.region,
        as_of=signs.at,
        signs=[
            shapes.SignOut(**asdict(one), name_zh=names[code].zh, name_en=names[code].en, alarms=one.alarms)
            for code, one in own.indices.signs.items()
        ],
        leaves=[*_leaves(own)],
        districts=[*_districts(signs)] if is_city(query.region) else [],
    )


def _names(tree: VitalSignTree) -> dict[str, BilingualName]:
    names = {ROOT: tree.name}
    for code, theme in tree.themes.items():
        names |= {code: theme.name} | {one: topic.name for one, topic in theme.topics.items()}
    return names


def _leaves(own: RegionSigns) -> Iterator[shapes.SignLeafOut]:
    for code, share in own.indices.leaves.items():
        leaf = own.leaves[code]
        indicator = leaf.indicator
        yield shapes.SignLeafOut(
            indicator=code,
            **{name: getattr(indicator, name) for name in ("name_zh", "name_en", "unit", "decimals")},
            **asdict(share),
            **{name: getattr(leaf, name) for name in ("value", "as_of", "warning", "score", "why")},
        )


def _districts(signs: VitalSigns) -> Iterator[shapes.DistrictSign]:
    told = ("index", "covered", "present", "leaves", "alarms")
    for code, one in signs.regions.items():
        if one.region.level is RegionLevel.DISTRICT:
            for sign in one.indices.signs.values():
                yield shapes.DistrictSign(
                    region_code=code, code=sign.code, **{name: getattr(sign, name) for name in told}
                )
