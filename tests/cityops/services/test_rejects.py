"""Acts on rejects on the real database: what is given up is open no more, and both acts stand in the audit."""

from datetime import timedelta

import pytest

from cityops.domain.rejects import Reason
from cityops.services import rejects
from cityops.store.engine import writing
from cityops.store.rejects import records
from cityops.store.rejects.queries import counts
from cityops.store.rejects.replay import RejectFilter
from factories.acts import BOSS, THE_BOSS, Book, who
from factories.world import World


def refuse(world: World, reason: Reason, ago_s: float) -> None:
    topic = "cityops/v1/readings/eco-air/A-1"
    row = records.Reject(world.ago(ago_s), "readings", "eco-air", topic, 0, reason, "a detail", b"{}", 2)
    with world.connection.cursor() as cursor:
        records.record(cursor, [row])


def open_rejects(book: Book) -> int:
    with writing(book.engine) as connection:
        return sum(row["count"] for row in counts(connection, RejectFilter()) if row["state"] == "open")


def test_what_the_filter_names_is_given_up_and_nothing_else(world: World, book: Book) -> None:
    for reason, ago_s in ((Reason.BAD_JSON, 50), (Reason.BAD_JSON, 10), (Reason.UNKNOWN_DEVICE, 50)):
        refuse(world, reason, ago_s)
    wanted = RejectFilter(reason="bad_json", until=world.now - timedelta(seconds=30))
    with writing(book.engine) as connection:
        assert rejects.give_up(connection, BOSS, wanted, world.now) == 1
    assert open_rejects(book) == 2
    [audited] = book.audited()
    assert who(audited) == THE_BOSS
    assert (audited["action"], audited["object"], audited["outcome"]) == ("reject:close", "rejects", "done")
    assert audited["detail"]["rejects"] == 1
    assert audited["detail"]["filter"].keys() == {"reason", "until"}
    with writing(book.engine) as connection:
        assert rejects.give_up(connection, BOSS, wanted, world.now) == 0  # they are closed already


@pytest.mark.parametrize("wanted", [RejectFilter(), RejectFilter(since=None, kind="readings")])
def test_all_open_rejects_at_once_are_never_given_up(world: World, book: Book, wanted: RejectFilter) -> None:
    refuse(world, Reason.BAD_JSON, 10)
    with pytest.raises(ValueError, match="never meant"), writing(book.engine) as connection:
        rejects.give_up(connection, BOSS, wanted, world.now)
    assert (open_rejects(book), book.audited()) == (1, [])


def test_who_sees_personal_data_is_written_down(book: Book) -> None:
    with writing(book.engine) as connection:
        rejects.show_personal_data(connection, BOSS, 7)
    [audited] = book.audited()
    assert (who(audited), audited["action"], audited["object"]) == (THE_BOSS, "reject:show", "reject 7")
