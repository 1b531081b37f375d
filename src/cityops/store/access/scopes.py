"""Reads which codes of a kind of scope there are, for who is given one."""

from sqlalchemy import Connection, select

from cityops.domain.access import ScopeKind
from cityops.store import tables


def codes(connection: Connection, kind: ScopeKind) -> frozenset[str]:
    """Return the codes there are of a kind of scope; none for the whole city."""
    region = tables.region.c
    statements = {
        ScopeKind.DISTRICTS: select(region.code).where(region.level == "district"),
        ScopeKind.STREETS: select(region.code).where(region.level == "street"),
        ScopeKind.DEPARTMENTS: select(tables.department.c.code),
        ScopeKind.SOURCES: select(tables.source_system.c.code),
    }
    return frozenset(connection.scalars(statements[kind])) if kind in statements else frozenset()
