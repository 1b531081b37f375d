"""Acts on alarm rules: a sound file is set and audited, one with faults changes nothing."""

import pytest

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
