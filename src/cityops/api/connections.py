"""The database as routes have it: what only reads is given `Reads`, what writes is given `Writes`.

Both open their transaction where the route asks for it, in the thread that uses it. A dependency that gave an open
one would wait for that thread with a connection in hand: once all threads wait for connections, none gets on.
"""

from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from cityops.domain.access import Subject
from cityops.store.engine import WriteConnection, reading, writing


class ReadTransactions:
    """Opens read-only transactions, to which only the scope of a subject is visible."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, subject: Subject) -> AbstractContextManager[Connection]:
        """Open one, for a `with` block."""
        return reading(self._engine, subject.scope)

    def of_access(self) -> AbstractContextManager[Connection]:
        """Open one that sees accounts and credentials, which no area holds."""
        return reading(self._engine, None)


class WriteTransactions:
    """Opens transactions that commit at the end of their block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, subject: Subject | None = None) -> AbstractContextManager[WriteConnection]:
        """Open one, for a `with` block; with a subject, what lies outside its scope is neither seen nor written."""
        return writing(self._engine, subject.scope if subject else None)


async def _reads(request: Request) -> ReadTransactions:
    return ReadTransactions(request.app.state.engine)


async def _writes(request: Request) -> WriteTransactions:
    return WriteTransactions(request.app.state.engine)


Reads = Annotated[ReadTransactions, Depends(_reads)]
Writes = Annotated[WriteTransactions, Depends(_writes)]
