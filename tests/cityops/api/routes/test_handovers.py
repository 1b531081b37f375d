"""Shifts over HTTP: two who have signed in confirm each for himself; keys have no seat; districts see their own."""

from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest

from cityops.domain.access import WHOLE_CITY, Role, Scope, ScopeKind, Subject
from cityops.store.engine import connect
from cityops.store.schema import privileges
from factories.acts import HAIZHU, Book
from factories.world import World
from fixtures.api import token_of

TIANHE = Scope(ScopeKind.DISTRICTS, frozenset({"440106"}))
PEOPLE = {
    "li": (Role.SHIFT_LEADER, WHOLE_CITY),
    "wu": (Role.OPERATOR, WHOLE_CITY),
    "he": (Role.DISTRICT_OFFICER, HAIZHU),
    "zhu": (Role.DISTRICT_OFFICER, HAIZHU),
    "tian": (Role.DISTRICT_OFFICER, TIANHE),
}


@pytest.fixture
def people(world: World, api_url: str, book: Book) -> Iterator[dict[str, httpx.Client]]:
    """Give clients of people of the city's centre and of two districts', signed in."""
    with book.clients(f"{api_url}/api/v1", PEOPLE) as clients:
        yield clients


def offer(giver: httpx.Client, to: str, region: str = "440100", seat: str = "值班长席") -> httpx.Response:
    asked = {"region": region, "seat": seat, "to": to, "notes": "车陂路积水，已派"}
    return giver.post("/handovers", json=asked)


def numbers(of: httpx.Client, **filters: str | bool) -> list[int]:
    return [one["id"] for one in of.get("/handovers", params=filters).json()["items"]]


def test_a_shift_is_offered_and_accepted(world: World, people: dict[str, httpx.Client]) -> None:
    world.case("reported", severity="urgent")
    offered = offer(people["li"], "WU")  # logins are read in any case
    assert offered.status_code == 201, offered.text
    told = offered.json()
    assert (told["from_account"], told["to_account"], told["notes"]) == ("li", "wu", "车陂路积水，已派")
    assert told["counted"]["cases"] == {"open": 1, "urgent": 1, "found": 1, "dispatched": 0, "handling": 0}
    assert (told["settled_at"], told["outcome"], told["reason"]) == (None, None, None)
    path = f"/handovers/{told['id']}"
    assert people["li"].post(f"{path}/accept").status_code == 403
    accepted = people["wu"].post(f"{path}/accept")
    assert accepted.status_code == 200
    assert accepted.json() == told | {"outcome": "accepted", "settled_at": accepted.json()["settled_at"]}
    late = people["li"].post(f"{path}/withdraw")
    assert (late.status_code, "was accepted at" in late.json()["detail"]) == (409, True)
    assert people["wu"].get("/handovers").json()["items"] == [accepted.json()]


def test_a_shift_is_refused_with_a_reason(people: dict[str, httpx.Client]) -> None:
    number = offer(people["li"], "wu").json()["id"]
    for body in ({}, {"reason": ""}, {"reason": " \n"}, {"reason": "x" * 501}):
        assert people["wu"].post(f"/handovers/{number}/refuse", json=body).status_code == 422
    refused = people["wu"].post(f"/handovers/{number}/refuse", json={"reason": " 两起积水未交代 "})
    assert (refused.status_code, refused.json()["reason"]) == (200, "两起积水未交代")


def test_each_seat_is_offered_to_one_at_a_time_and_the_answer_says_to_whom(people: dict[str, httpx.Client]) -> None:
    offer(people["li"], "wu")
    again = offer(people["li"], "wu")
    assert (again.status_code, "offered already to wu by li" in again.json()["detail"]) == (409, True)


def test_districts_see_and_settle_their_own(people: dict[str, httpx.Client]) -> None:
    city = offer(people["li"], "wu").json()["id"]
    haizhu = offer(people["he"], "zhu", "440105", "1").json()["id"]
    seen = {"li": [haizhu, city], "wu": [haizhu, city], "he": [haizhu], "zhu": [haizhu], "tian": []}
    assert {login: numbers(client) for login, client in people.items()} == seen
    assert offer(people["tian"], "zhu", "440105").status_code == 403
    assert offer(people["tian"], "li", "440100").status_code == 422
    for verb in ("accept", "withdraw"):
        absent = people["tian"].post(f"/handovers/999/{verb}")
        hidden = people["tian"].post(f"/handovers/{haizhu}/{verb}")
        assert absent.status_code == hidden.status_code == 404
        assert hidden.json()["detail"].replace(str(haizhu), "999") == absent.json()["detail"]
    assert people["zhu"].post(f"/handovers/{haizhu}/accept").status_code == 200


FILTERS: list[tuple[dict[str, str | bool], str]] = [
    ({}, "CBA"),
    ({"open": True}, "CB"),
    ({"open": False}, "A"),
    ({"sitting": True}, "A"),
    ({"sitting": False}, "CB"),
    ({"region": "440105"}, "B"),
    ({"seat": "坐席 2"}, "C"),
    ({"account": "he"}, "B"),
    ({"account": "li"}, "CA"),
    ({"start": "2999-01-01T00:00:00Z"}, ""),
    ({"end": "2000-01-02T00:00:00Z"}, ""),
]


def test_filters_and_pages(people: dict[str, httpx.Client]) -> None:
    named = {
        offer(people["li"], "wu").json()["id"]: "A",
        offer(people["he"], "zhu", "440105", "1").json()["id"]: "B",
        offer(people["li"], "wu", seat="坐席 2").json()["id"]: "C",
    }
    people["wu"].post(f"/handovers/{min(named)}/accept")
    for filters, expected in FILTERS:
        assert "".join(named[one] for one in numbers(people["li"], **filters)) == expected, filters
    first = people["li"].get("/handovers", params={"limit": 2}).json()
    rest = people["li"].get("/handovers", params={"limit": 2, "after": first["next"]}).json()
    assert "".join(named[one["id"]] for one in (*first["items"], *rest["items"])) == "CBA"
    assert rest["next"] is None


def test_who_took_a_seat_over_last_sits_in_it(people: dict[str, httpx.Client]) -> None:
    for giver, taker, seat in (("li", "wu", "1"), ("li", "wu", "2"), ("wu", "li", "1")):
        number = offer(people[giver], taker, seat=seat).json()["id"]
        people[taker].post(f"/handovers/{number}/accept")
    refused = offer(people["li"], "wu", seat="1").json()["id"]
    people["wu"].post(f"/handovers/{refused}/refuse", json={"reason": "两起积水未交代"})
    found = people["he"].get("/handovers", params={"sitting": True}).json()["items"]
    assert found == []
    found = people["wu"].get("/handovers", params={"sitting": True}).json()["items"]
    assert [(one["seat"], one["to_account"]) for one in found] == [("1", "li"), ("2", "wu")]


def test_a_key_has_no_seat_even_if_it_is_called_like_somebody(
    people: dict[str, httpx.Client], api_url: str, migrated_database: str
) -> None:
    number = offer(people["li"], "wu").json()["id"]
    token = token_of(migrated_database, Subject("wu", *PEOPLE["wu"]))
    with httpx.Client(base_url=f"{api_url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as key:
        for answer in (key.post(f"/handovers/{number}/accept"), offer(key, "li", seat="2")):
            assert (answer.status_code, "who signed in" in answer.json()["detail"]) == (404, True)
        assert numbers(key) == [number]


def test_the_login_of_the_api_can_neither_forge_nor_reopen(
    people: dict[str, httpx.Client], database_as: Callable[[str], str]
) -> None:
    number = offer(people["li"], "wu").json()["id"]
    people["wu"].post(f"/handovers/{number}/accept")
    with connect(database_as(privileges.API), "test") as login:
        login.execute("SELECT set_config('cityops.scope_kind', 'city', false)")
        for statement in (
            "DELETE FROM handover",
            "UPDATE handover SET notes = ''",
            "UPDATE handover SET to_account = 'zhu'",
            "INSERT INTO handover (region_code, seat, from_account, to_account, notes, counted, offered_at)"
            " VALUES ('440100', 'x', 'a', 'b', '', '{}', '2020-01-01Z')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                login.execute(statement)
        reopened = login.execute("UPDATE handover SET settled_at = NULL, outcome = NULL")
        assert reopened.rowcount == 0
