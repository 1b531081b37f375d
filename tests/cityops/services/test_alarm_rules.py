"""Acts on alarm rules: a sound file is set and audited, one with faults changes nothing."""

import threading

import pytest
from sqlalchemy import text

from cityops.local.processes import wait_until
from cityops.services import alarm_rules
from cityops.services.alarm_rules import RulesRefusedError
from cityops.store.alarms import rules
from cityops.store.engine import writing
from factories.acts import BOSS, THE_BOSS, Book, who

HEADER = "code,name_zh,name_en,class,subject,metric,condition,red,hysteresis,priority,basis_mark\n"
SOUND = "water_depth,积水,Water,flood,metric,water_depth,threshold,40,5,2,default\n"


def test_a_sound_file_takes_the_place_of_the_rules_in_force(book: Book) -> None:
    with writing(book.engine) as connection:
        before = {rule.code for rule in rules.in_force(connection)}
        made = alarm_rules.import_rules(connection, BOSS, [HEADER, SOUND], "city.csv")
    with writing(book.engine) as connection:
        assert [(rule.code, rule.version) for rule in rules.in_force(connection)] == [("water_depth", 2)]
    assert (made.changed, set(made.retired)) == (("water_depth",), before - {"water_depth"})
    [audited] = book.audited()
    assert who(audited) == THE_BOSS
    assert (audited["action"], audited["object"], audited["outcome"]) == ("alarm_rules:import", "city.csv", "done")
    assert audited["detail"]["changed"] == ["water_depth"]


def test_a_file_with_one_fault_changes_nothing_and_each_fault_is_told(book: Book) -> None:
    with writing(book.engine) as connection:
        before = rules.in_force(connection)
    lines = [HEADER, SOUND, SOUND.replace("water_depth,", "depth,", 1).replace(",40,", ",4000,")]
    with writing(book.engine) as connection, pytest.raises(RulesRefusedError) as refused:
        alarm_rules.import_rules(connection, BOSS, lines, "city.csv")
    assert str(refused.value) == (
        "line 3, depth: red: 4000 is not from 0 to 300; correct it\nfaults: 1; the rules in force stay as they are"
    )
    with writing(book.engine) as connection:
        assert rules.in_force(connection) == before
    assert book.audited() == []


def test_a_file_that_is_older_than_the_rules_is_told_who_was_first_and_what_changed(book: Book) -> None:
    header, row = f"version,{HEADER}", f"1,{SOUND}"
    with writing(book.engine) as connection:
        alarm_rules.import_rules(connection, BOSS, [HEADER, SOUND], "first.csv")
    with writing(book.engine) as connection, pytest.raises(RulesRefusedError) as refused:
        alarm_rules.import_rules(connection, BOSS, [header, row], "second.csv")
    told = str(refused.value)
    assert told.startswith(f"line 2, water_depth: version: {BOSS.name} set version 2 at ")
    assert "changing name_zh, name_en" in told
    assert "; export the rules again and change those" in told
    with writing(book.engine) as connection:
        made = alarm_rules.import_rules(connection, BOSS, [header, row.replace("1,", "2,", 1)], "third.csv")
    assert made.unchanged == ("water_depth",)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (SOUND.replace("water_depth,", "gas_lel,", 1), "it was retired at "),
        (SOUND.replace("water_depth,", "depth,", 1), "there is no version 1 of it"),
    ],
)
def test_a_version_of_what_is_not_in_force_is_refused(book: Book, row: str, told: str) -> None:
    with writing(book.engine) as connection:
        alarm_rules.import_rules(connection, BOSS, [HEADER, SOUND], "first.csv")
    with writing(book.engine) as connection, pytest.raises(RulesRefusedError, match=told):
        alarm_rules.import_rules(connection, BOSS, [f"version,{HEADER}", f"1,{row}"], "second.csv")


def test_of_two_who_change_the_same_rules_at_once_one_is_refused(book: Book) -> None:
    lines = [f"version,{HEADER}", f"1,{SOUND}"]
    told: list[str] = []

    def second() -> None:
        try:
            with writing(book.engine) as connection:
                alarm_rules.import_rules(connection, BOSS, [lines[0], lines[1].replace(",40,", ",50,")], "second.csv")
        except RulesRefusedError as error:
            told.append(str(error))

    def waits() -> bool:
        with writing(book.engine) as connection:
            return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    thread = threading.Thread(target=second)
    with writing(book.engine) as connection:
        alarm_rules.import_rules(connection, BOSS, lines, "first.csv")
        thread.start()
        assert wait_until(waits, seconds=30)
    thread.join(30)
    assert ["set version 2 at" in one for one in told] == [True]
    with writing(book.engine) as connection:
        assert [limit.value for rule in rules.in_force(connection) for limit in rule.limits] == [40]
