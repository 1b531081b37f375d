"""The verb `cityops alarms`: rules by which alarms are raised, from a file and into one."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from cityops.cli.access.administering import actor, transaction
from cityops.cli.lists import JsonOption, as_of, show_list
from cityops.errors import CityopsError

if TYPE_CHECKING:
    from cityops.domain.alarms.rules import AlarmRule
    from cityops.store.alarms.rules import RuleChanges

app = typer.Typer(help="Alarms: the rules by which they are raised.", no_args_is_help=True)
rules_app = typer.Typer(help="Rules: checked, set, written out, listed.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")

File = Annotated[Path, typer.Argument(help="CSV file in UTF-8 with the columns of `cityops alarms rules export`.")]


@rules_app.command()
def check(file: File) -> None:
    """Say of each fault in a file where it is and what to do about it, and what importing the file would change."""
    from cityops.services import alarm_rules
    from cityops.store.alarms.rules import compare, in_force

    with transaction() as connection:
        made = compare(in_force(connection), alarm_rules.checked(connection, _lines(file)))
    typer.echo(f"{file} would do: {_told(made)}")


@rules_app.command("import")
def import_(file: File) -> None:
    """Have the rules of a file take the place of those in force; with one fault in it nothing changes.

    A rule that differs gets the next version; one that is not in the file is retired. Alarms bear the version by
    which they were raised.
    """
    from cityops.services import alarm_rules

    with transaction() as connection:
        made = alarm_rules.import_rules(connection, actor(), _lines(file), str(file))
    typer.echo(_told(made))


@rules_app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="File to write; standard output without one.")] = None,
) -> None:
    """Write the rules in force as a file that can be edited and imported again."""
    from cityops.store.alarms.rules import in_force

    with transaction() as connection:
        found = in_force(connection)
    if file is None:
        _write(sys.stdout, found)
        return
    # With a mark at its beginning, or a spreadsheet takes the Chinese for another encoding.
    with file.open("w", encoding="utf-8-sig", newline="") as output:
        _write(output, found)
    typer.echo(f"{len(found)} rules: {file}")


@rules_app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the rules in force with their limits."""
    from cityops.store.alarms.rules import in_force

    with transaction() as connection:
        found = in_force(connection)
    shown = [_row(rule) for rule in found]
    show_list(f"alarm rules {as_of()}", list(shown[0]) if shown else [], shown, as_json=as_json, prose=("limits",))


def _row(rule: "AlarmRule") -> dict[str, object]:
    limits = ", ".join(f"{limit.level.name.lower()} {limit.value:g} (P{limit.priority})" for limit in rule.limits)
    return {
        "rule": rule.code,
        "version": rule.version,
        "name": rule.name.en,
        "class": rule.rule_class.value,
        "on": rule.metric or rule.share_of or rule.subject.value,
        "condition": rule.condition.value,
        "limits": limits,
        "basis": rule.basis_mark.label_en or "read",
    }


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        before = file.read_bytes()[: error.start].count(b"\n") + 1
        raise CityopsError(f"{file}, line {before} is not UTF-8: save it as CSV UTF-8; nothing was done") from None
    except OSError as error:
        raise CityopsError(f"{file} cannot be read: {error.strerror}") from None


def _write(output: TextIO, found: "list[AlarmRule]") -> None:
    from cityops.domain.alarms.rule_rows import COLUMNS, to_row

    table = csv.DictWriter(output, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(to_row(rule) | {"version": str(rule.version)} for rule in found)


def _told(made: "RuleChanges") -> str:
    parts = [("added", made.added), ("changed", made.changed), ("retired", made.retired)]
    named = "; ".join(f"{len(codes)} {word}" + (f" ({', '.join(codes)})" if codes else "") for word, codes in parts)
    return f"{named}; {len(made.unchanged)} unchanged"
