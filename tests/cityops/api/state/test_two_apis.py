"""Two APIs on one database, asked in turn as behind a proxy: which state is the later one, and whose ETags hold."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from cityops.api.app import create_app
from cityops.headers import POSITION
from cityops.local.processes import wait_until
from cityops.store.schema import privileges
from cityops_dashboards.live.hub import RegionTopic
from factories.world import World
from fixtures.api import unhurried
from fixtures.web import serving

STATE = "/api/v1/state"


@pytest.fixture
def apis(app: FastAPI, database_as: Callable[[str], str], signed_in: dict[str, str]) -> Iterator[list[httpx.Client]]:
    """Give clients of two APIs."""
    with serving(app) as one, serving(unhurried(create_app(database_as(privileges.API)))) as other:
        clients = [httpx.Client(base_url=url, timeout=30, headers=signed_in) for url in (one, other)]
        yield clients
        for client in clients:
            client.close()


def depth(answer: httpx.Response) -> float:
    [found] = [one for one in answer.json()["metrics"] if one["code"] == "water_depth"]
    return float(found["value"])


def test_of_two_answers_the_greater_position_is_the_later_one(world: World, apis: list[httpx.Client]) -> None:
    device, topic = world.device("WL-1"), RegionTopic("440100")
    shown = 0.0
    for value in range(1, 9):
        world.says(device, "water_depth", value, world.ago(30 - value))
        for api in apis:  # one of them has just read, the other may have what it read before
            answer = api.get(STATE)
            topic.succeed(answer.content, answer.headers["etag"], int(answer.headers[POSITION]))
            now = depth(httpx.Response(200, content=topic.body))
            assert now >= shown
            shown = now
    assert wait_until(lambda: {depth(api.get(STATE)) for api in apis} == {8.0}, seconds=30)


def test_an_etag_of_one_is_never_taken_for_another_state_by_the_other(world: World, apis: list[httpx.Client]) -> None:
    world.says(world.device("WL-1"), "water_depth", 5, world.ago(5))
    held: dict[str, bytes] = {}
    tag = ""
    for turn in range(12):
        answer = apis[turn % 2].get(STATE, headers={"If-None-Match": tag} if tag else {})
        tag = answer.headers["etag"]
        if answer.status_code == 304:
            assert tag in held
        else:
            assert held.setdefault(tag, answer.content) == answer.content
