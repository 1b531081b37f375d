"""Acts on the data resources: files of datasets and of officers are taken line by line, and stand in the audit."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from cityops.domain.audit import Action, Actor
from cityops.domain.resources.datasets import COLUMNS, Dataset, read_dataset
from cityops.domain.resources.officers import OFFICER_COLUMNS, DataOfficer, read_officer
from cityops.domain.resources.register_files import ResourceLine, read_lines
from cityops.store import sources
from cityops.store.access import audit
from cityops.store.engine import WriteConnection
from cityops.store.resources import datasets as store
from cityops.store.resources import officers as officer_store


@dataclass(frozen=True, slots=True)
class ResourceImport:
    """What became of a file: how many lines were added and changed, and those that were refused."""

    lines: int
    added: int
    changed: int
    refused: tuple[ResourceLine[Dataset] | ResourceLine[DataOfficer], ...]


def import_datasets(
    connection: WriteConnection, actor: Actor, lines: Iterable[str], file: str, indicators: frozenset[str]
) -> ResourceImport:
    """Register the datasets of the lines that are sound; the others leave what is registered as it is.

    Raises
    ------
    ResourceFileError
        The file is none of datasets; nothing is done then.
    """
    known = frozenset(row["code"] for row in sources.answering(connection))

    read = partial(read_dataset, sources=known, indicators=indicators)
    found = list(read_lines(lines, COLUMNS, read, lambda one: one.code))
    added, changed = store.keep(connection, [one.declared for one in found if one.declared])
    refused = tuple(one for one in found if one.declared is None)
    detail = {"datasets": len(found), "added": added, "changed": changed, "refused": len(refused)}
    audit.record(connection, actor, Action.RESOURCE_IMPORT, file, detail=detail)
    return ResourceImport(len(found), added, changed, refused)


def import_officers(connection: WriteConnection, actor: Actor, lines: Iterable[str], file: str) -> ResourceImport:
    """Put the officers of a file in force instead of those there are; with a fault in it all stays as it was.

    Raises
    ------
    ResourceFileError
        The file is none of officers.
    """
    found = list(read_lines(lines, OFFICER_COLUMNS, read_officer, lambda one: one))
    refused = tuple(one for one in found if one.declared is None)
    if refused:
        return ResourceImport(len(found), 0, 0, refused)
    wanted = [one.declared for one in found if one.declared]
    before = officer_store.officers(connection)
    officer_store.replace(connection, wanted)
    added = len(set(wanted) - set(before))
    detail = {"officers": len(wanted), "added": added, "removed": len(set(before) - set(wanted))}
    audit.record(connection, actor, Action.RESOURCE_IMPORT, file, detail=detail)
    return ResourceImport(len(found), added, 0, ())
