"""The verb `cityops forms`: lists and checks the forms that are filled in, and writes the schema of their files.

It reads files alone: no database, no API.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from cityops.cli.lists import JsonOption, as_of, show_list

app = typer.Typer(help="Forms that data liaisons fill in (在线填报): files that declare them.", no_args_is_help=True)
Folder = Annotated[Path | None, typer.Argument(help="Folder of YAML files; default: those in force.")]


@app.command("list")
def list_(folder: Folder = None, as_json: JsonOption = False) -> None:
    """List the forms: who fills each in, how often, by when, and of how many cells something is known already."""
    from cityops.domain.filling.burden import burden_of
    from cityops.indicators import forms_folder, in_force
    from cityops.reference.forms import read_forms

    found = read_forms(folder or forms_folder(), in_force())
    burdens = {code: burden_of(form, found.indicators) for code, form in found.forms.items()}
    rows: list[dict[str, object]] = [
        {
            "form": code,
            "title": f"{form.title.zh} {form.title.en}",
            "owner": form.owner,
            "level": form.level.value,
            "period": form.period.value,
            "due": f"{form.due.limit.amount} {form.due.limit.kind.name_en}",
            "cells": burdens[code].cells,
            "prefilled": burdens[code].prefilled,
            "cells_per_month": round(burdens[code].per_month, 1),
        }
        for code, form in found.forms.items()
    ]
    columns = ["form", "title", "owner", "level", "period", "due", "cells", "prefilled", "cells_per_month"]
    show_list(as_of(), columns, rows, as_json=as_json, prose=("title",))


@app.command()
def lint(folder: Folder = None) -> None:
    """Say what is wrong with files, each fault with file, line and column; a datum that is asked twice is one."""
    from cityops.domain.filling.burden import burden_of, share_prefilled
    from cityops.indicators import forms_folder, in_force
    from cityops.reference.forms import read_forms

    found = read_forms(folder or forms_folder(), in_force())
    share = share_prefilled(burden_of(one, found.indicators) for one in found.forms.values())
    told = "" if share is None else f"; {share:.0%} of their cells are prefilled"
    typer.echo(f"{len(found.forms)} forms{told}; nothing is wrong")


@app.command()
def schema() -> None:
    """Write the JSON Schema of a form, by which editors complete and check while one types."""
    from cityops.domain.filling.forms import form_schema
    from cityops.reference.themes import known

    typer.echo(json.dumps(form_schema([*known().departments]), ensure_ascii=False, indent=2))
