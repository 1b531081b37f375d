"""Acts on shifts on the real database: offered with what is open, settled once by whose part it is, all audited."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError

from cityops.domain.access import WHOLE_CITY, Role
from cityops.domain.audit import Actor
from cityops.domain.handovers import HandoverError, HandoverOutcome, NotYoursError
from cityops.services import handovers
from cityops.services.accounts import AbsentError
from cityops.services.handovers import HandoverOffer, SettledError
from cityops.store import handovers as store
from cityops.store.engine import reading, writing
from factories.acts import HAIZHU, Book
from factories.world import World

LI = Actor("li", Role.SHIFT_LEADER, WHOLE_CITY, "session")
WU = Actor("wu", Role.OPERATOR, WHOLE_CITY, "session")
ACCEPTED, REFUSED, WITHDRAWN = HandoverOutcome


@pytest.fixture
def staffed(book: Book) -> Book:
    """Give a database with the accounts of two who sit in the city's centre, and of one of Haizhu's."""
    book.person("li", Role.SHIFT_LEADER, WHOLE_CITY)
    book.person("wu", Role.OPERATOR, WHOLE_CITY)
    book.person("he", Role.DISTRICT_OFFICER, HAIZHU)
    return book


def offer(book: Book, actor: Actor = LI, to: str = "wu", region: str = "440100", seat: str = "值班长席") -> int:
    with reading(book.engine, None) as connection:
        receiver = handovers.receiver(connection, to)
    with writing(book.engine, actor.scope) as connection:
        return handovers.offer(connection, actor, HandoverOffer(region, seat, to, "白天两起积水"), receiver)


def settle(book: Book, actor: Actor, number: int, outcome: HandoverOutcome, reason: str | None = None) -> None:
    with writing(book.engine, actor.scope) as connection:
        handovers.settle(connection, actor, number, outcome, reason)


def kept(book: Book, number: int) -> tuple[str | None, str | None, bool]:
    with reading(book.engine, WHOLE_CITY) as connection:
        row = store.one(connection, number)
    assert row is not None
    return row["outcome"], row["reason"], row["settled_at"] is not None


def alarm(world: World, of: str, region: str, level: int, **more: object) -> None:
    """Write an alarm as the job leaves it."""
    columns = {"rule_code": "depth", "rule_version": 1, "class": "flood", "priority": 1, "object": of}
    columns |= {"region_code": region, "level": level, "worst_level": level, "onset": world.now} | more
    names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
    world.connection.execute(f"INSERT INTO alarm ({names}) VALUES ({places})", [*columns.values()])


def test_an_offer_holds_what_is_open_just_then(staffed: Book, world: World) -> None:
    world.case("reported", severity="critical")
    world.case("reported", "dispatched", region="440105001")
    world.case("reported", "dispatched", "signed", "processing")
    world.case("reported", "closed", severity="urgent")
    alarm(world, "region:1", "440106013", 4)
    alarm(world, "region:2", "440106013", 4, acknowledged_at=world.now)
    alarm(world, "region:3", "440106013", 2, quiet="shelved")
    alarm(world, "region:4", "440106013", 1, cleared_at=world.now)
    alarm(world, "region:8", "440105001", 3)
    city, district = offer(staffed), offer(staffed, to="he", region="440105", seat="1")
    world.case("reported")  # came after
    alarm(world, "region:9", "440105001", 4)
    with reading(staffed.engine, WHOLE_CITY) as connection:
        counted = [row["counted"] for row in store.page(connection, store.HandoverFilter(), None, 9)]
    whole = {"open": 3, "urgent": 1, "found": 1, "dispatched": 1, "handling": 1}
    part = {"open": 1, "urgent": 0, "found": 0, "dispatched": 1, "handling": 0}
    loud = {"open": 4, "unacknowledged": 3, "quiet": 1, "red": 2, "orange": 1, "yellow": 1, "blue": 0}
    faint = {"open": 1, "unacknowledged": 1, "quiet": 0, "red": 0, "orange": 1, "yellow": 0, "blue": 0}
    assert counted == [{"cases": part, "alarms": faint}, {"cases": whole, "alarms": loud}]
    assert kept(staffed, city) == kept(staffed, district) == (None, None, False)


@pytest.mark.parametrize(
    ("actor", "outcome", "reason"), [(WU, ACCEPTED, None), (WU, REFUSED, "两起积水未交代"), (LI, WITHDRAWN, None)]
)
def test_it_ends_once_by_whose_part_it_is(
    staffed: Book, actor: Actor, outcome: HandoverOutcome, reason: str | None
) -> None:
    number = offer(staffed)
    other = WU if actor is LI else LI
    with pytest.raises(NotYoursError, match=f"by {actor.name} alone"):
        settle(staffed, other, number, outcome, reason)
    settle(staffed, actor, number, outcome, reason)
    assert kept(staffed, number) == (outcome, reason, True)
    for again, who, why in ((ACCEPTED, WU, None), (REFUSED, WU, "too late"), (WITHDRAWN, LI, None)):
        with pytest.raises(SettledError, match=f"was {outcome} at 20"):
            settle(staffed, who, number, again, why)
    assert kept(staffed, number) == (outcome, reason, True)
    assert offer(staffed) > number  # the seat is free to be offered again
    audited = [(row["subject"], row["action"], row["object"]) for row in staffed.audited()]
    verb = {ACCEPTED: "accept", REFUSED: "refuse", WITHDRAWN: "withdraw"}[outcome]
    assert audited[:2] == [
        ("li", "shift:offer", f"handover {number}"),
        (actor.name, f"shift:{verb}", f"handover {number}"),
    ]


@pytest.mark.parametrize(("outcome", "reason"), [(REFUSED, None), (REFUSED, "  "), (ACCEPTED, "because")])
def test_a_refusal_says_why_and_nothing_else_does(
    staffed: Book, outcome: HandoverOutcome, reason: str | None
) -> None:
    number = offer(staffed)
    with pytest.raises(HandoverError, match="reason"):
        settle(staffed, WU, number, outcome, reason)
    assert kept(staffed, number) == (None, None, False)


def test_of_two_answers_at_once_one_holds(staffed: Book) -> None:
    for turn in range(6):
        number = offer(staffed, seat=str(turn))

        def answer(one: tuple[Actor, HandoverOutcome], number: int = number) -> str:
            try:
                settle(staffed, one[0], number, one[1])
            except SettledError:
                return ""
            return one[1]

        with ThreadPoolExecutor(2) as pool:
            done = [one for one in pool.map(answer, [(WU, ACCEPTED), (LI, WITHDRAWN)]) if one]
        assert done == [kept(staffed, number)[0]]


def test_a_seat_is_offered_to_one_at_a_time(staffed: Book) -> None:
    offer(staffed)
    with pytest.raises(SettledError, match="offered already to wu by li"):
        offer(staffed)
    assert offer(staffed, seat="坐席 2")
    assert offer(staffed, region="440105")  # another centre's seat of the same name


@pytest.mark.parametrize(
    ("to", "role", "disabled_at"),
    [
        ("nobody", Role.OPERATOR, None),
        ("former", Role.OPERATOR, "2026-11-20T00:00:00Z"),
        ("former", Role.ANALYST, None),
    ],
)
def test_nobody_takes_over_who_may_not_sit_there(staffed: Book, to: str, role: Role, disabled_at: str | None) -> None:
    staffed.person("former", role, WHOLE_CITY, disabled_at=disabled_at)
    for login, region in ((to, "440100"), ("he", "440106"), ("he", "440100")):
        with pytest.raises(HandoverError, match=f"no account {login} that may take over"):
            offer(staffed, to=login, region=region)
    assert staffed.audited() == []


def test_what_was_never_offered_is_settled_by_nobody(staffed: Book) -> None:
    with pytest.raises(AbsentError, match="no handover 7"):
        settle(staffed, WU, 7, ACCEPTED)


def test_nothing_is_handed_over_without_its_row_in_the_audit(staffed: Book) -> None:
    number = offer(staffed)
    with staffed.without_audit():
        with pytest.raises(DBAPIError, match="audit"):
            settle(staffed, WU, number, ACCEPTED)
        with pytest.raises(DBAPIError, match="audit"):
            offer(staffed, seat="2")
    assert kept(staffed, number) == (None, None, False)
    assert offer(staffed, seat="2")
