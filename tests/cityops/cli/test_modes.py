"""`cityops modes`: started, listed and ended at the command line; what makes no sense is told in a sentence."""

from typer.testing import Result

from factories import verbs


def run(url: str, *words: str) -> Result:
    return verbs.run("modes", *words, database_url=url)


def test_a_mode_is_started_listed_and_ended(database_url: str) -> None:
    why = ("--reason", "暴雨红色预警", "--approver", "陈")
    refused = run(database_url, "start", "emergency", "flood", *why)
    assert (refused.exit_code, "grade: emergency has one of 1" in str(refused.exception)) == (1, True)
    drill = ("--region", "440106", "--hours", "2", "--drill")
    assert run(database_url, "start", "alert", "gas", *why, "--grade", "3", *drill).exit_code == 0
    started = run(database_url, "start", "emergency", "flood", *why, "--grade", "2")
    assert started.stdout == "mode 2: 防汛Ⅱ级应急响应 in 440100\n"
    assert "in 防汛Ⅱ级应急响应" in str(run(database_url, "start", "alert", "flood", *why, "--grade", "4").exception)
    assert run(database_url, "list", "--json").stdout.count('"id"') == 2
    assert run(database_url, "end", "2", "--reason", "雨停").stdout == "mode 2 is over\n"
    assert run(database_url, "list", "--json").stdout.count('"id"') == 1
    assert run(database_url, "list", "--all", "--json").stdout.count('"id"') == 2
