"""Every route with what guards it, taken from the application itself: for the matrix of the docs and its tests."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from cityops.api.access.door import Guard
from cityops.domain.access import PERMISSIONS, Permission, Role
from cityops.domain.reach import Reach


@dataclass(frozen=True, slots=True)
class Way:
    """One method of one route; `guards` holds exactly one guard, unless the route is public."""

    method: str
    path: str
    guards: tuple[Guard, ...]

    @property
    def name(self) -> str:
        """Method and path, as `access.PUBLIC` names them."""
        return f"{self.method} {self.path}"

    @property
    def permission(self) -> Permission | None:
        """What is needed; None: nothing but being signed in."""
        return self.guards[0].permission

    @property
    def reach(self) -> Reach:
        """What the scope does to the answer."""
        return self.guards[0].reach

    @property
    def single(self) -> bool:
        """Whether the path names one thing."""
        return "{" in self.path

    def admits(self, role: Role) -> bool:
        """Whether the role may come in here."""
        return self.permission is None or self.permission in PERMISSIONS[role]


def ways(app: FastAPI) -> list[Way]:
    """Return all methods of all routes, those of nested routers among them, in order of path."""
    found = (
        Way(method, re.sub(r":\w+}", "}", context.path or ""), tuple(_guards(getattr(context, "dependant", None))))
        for context in iter_route_contexts(app.routes)
        for method in _methods(context.methods)
    )
    return sorted(found, key=lambda way: (way.path, way.method))


def _methods(declared: Iterable[str] | None) -> Iterable[str]:
    """Return what a route answers to; a WebSocket and a mounted application have no methods, and count as one."""
    return set(declared or {"ANY"}) - {"HEAD"}


def _guards(dependant: Dependant | None) -> Iterator[Guard]:
    for one in dependant.dependencies if dependant else ():
        if isinstance(one.call, Guard):
            yield one.call
        yield from _guards(one)
