"""How much of answers one credential, and all together, may have under way: what is being made or not yet sent.

Counted in items: rows, points, readings. An answer holds its items from before it is made until its last byte has
left, so that neither many questions at once nor readers who never read can fill the memory.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from fastapi import Request, Response
from pydantic import BaseModel

from cityops.api.problems import ProblemError

PAGE = 1_000
"""Items that any request counts for: a page of 500 devices with two values each."""

MOST_OF_ONE = 250_000
"""Items of one credential: 200 questions at once, which is what it may ask, and four of the largest series."""

MOST_OF_ALL = 1_000_000
"""Items of all credentials, some 150 bytes each; pages are let in up to twice as much, so that a wall never waits for
those who ask for much."""

RETRY_S, EXPORT_RETRY_S = 2, 10


class Room:
    """The items under way in this process, by credential."""

    def __init__(self, of_one: int = MOST_OF_ONE, of_all: int = MOST_OF_ALL) -> None:
        self._of_one, self._of_all, self._lock = of_one, of_all, Lock()
        self._taken: dict[str, int] = {}
        self._all = 0

    def place(self, identifier: str, *, is_counted: bool = True) -> "RequestItems":
        """Return the place of one request by the credential of this id, in which there is nothing yet.

        Only the whole is bounded for one that is not counted.
        """
        return RequestItems(self, identifier, is_counted=is_counted)

    def take(self, identifier: str, items: int, *, is_counted: bool) -> None:
        """Count items.

        Raises
        ------
        ProblemError
            429 with `Retry-After`: there is no room for them now.
        """
        with self._lock:
            mine = self._taken.get(identifier, 0)
            if is_counted and mine + items > self._of_one:
                raise _full("This credential has", self._of_one)
            if self._all + items > (self._of_all if items > PAGE else 2 * self._of_all):
                raise _full("All together have", self._of_all)
            self._taken[identifier] = mine + items
            self._all += items

    def give_back(self, identifier: str, items: int) -> None:
        """Count items no more."""
        with self._lock:
            self._all -= items
            left = self._taken.get(identifier, 0) - items
            if left > 0:
                self._taken[identifier] = left
            else:
                self._taken.pop(identifier, None)


MOST_EXPORTS = 4
"""Files that are sent at once; each holds a connection to the database for as long as its reader takes."""

MOST_EXPORTS_OF_ONE = 2


class Exports:
    """The files under way in this process, by credential."""

    def __init__(self) -> None:
        self._lock, self._running = Lock(), Counter[str]()

    @contextmanager
    def slot(self, identifier: str) -> Iterator[None]:
        """Hold a place for one file by the credential of this id.

        Raises
        ------
        ProblemError
            429 with `Retry-After`: there is none now.
        """
        with self._lock:
            if self._running[identifier] >= MOST_EXPORTS_OF_ONE:
                raise _exports_run(f"{MOST_EXPORTS_OF_ONE} of this credential's exports")
            if self._running.total() >= MOST_EXPORTS:
                raise _exports_run(f"{MOST_EXPORTS} exports")
            self._running[identifier] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[identifier] -= 1
                self._running += Counter()  # forgets who has none


class RequestItems:
    """The items of one request."""

    def __init__(self, room: Room, identifier: str, *, is_counted: bool) -> None:
        self._room, self._identifier, self._is_counted, self._items = room, identifier, is_counted, 0

    def take(self, items: int) -> None:
        """Count items until `close`; refused as `Room.take` does."""
        self._room.take(self._identifier, items, is_counted=self._is_counted)
        self._items += items

    def close(self) -> None:
        """Give all of them back."""
        self._room.give_back(self._identifier, self._items)
        self._items = 0


def make_room(request: Request, items: int) -> None:
    """Count the items of an answer that is larger than a page, before it is made; they go when it has been sent.

    Raises
    ------
    ProblemError
        429 with `Retry-After`: this credential, or all together, have too much under way.
    """
    place: RequestItems = request.state.place
    if items > PAGE:
        place.take(items - PAGE)


def encoded(answer: BaseModel) -> Response:
    """Return an answer as JSON, encoded in the thread that made it: as objects, many that wait take far more."""
    return Response(answer.model_dump_json(), media_type="application/json")


def _exports_run(which: str) -> ProblemError:
    told = f"{which} are running: read them to their end, or break one off, and try again in {EXPORT_RETRY_S} s."
    return ProblemError(429, told, headers={"Retry-After": str(EXPORT_RETRY_S)})


def _full(who: str, most: int) -> ProblemError:
    told = (
        f"{who} too much under way: answers of at most {most} items together are made and sent at once. "
        f"Read the answers that are coming, or ask for less at once, and try again in {RETRY_S} s."
    )
    return ProblemError(429, told, headers={"Retry-After": str(RETRY_S)})
