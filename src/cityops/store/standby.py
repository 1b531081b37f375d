"""Where questions go: to the standby of a second address while it is near enough behind, else to the primary."""

from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

import psycopg
import structlog
from psycopg.conninfo import make_conninfo
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError

from cityops.domain.replicas.following import Following
from cityops.store.engine import connect, sqlalchemy_url

log = structlog.get_logger()

EVERY_S = 0.5

_WRITTEN = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn WHERE NOT pg_is_in_recovery()"
_REPLAYED = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn WHERE pg_is_in_recovery()"
_WHO = "SELECT system_identifier, current_setting('synchronous_standby_names') FROM pg_control_system()"
_STANDBY = "cityops_standby"


class Standby:
    """Follows a pair by a thread for each of the two, so that one that hangs does not hide how the other fares.

    Parameters
    ----------
    primary_url
        Address of who may write.
    read_url
        Address by which a standby is found; others that it names are not asked.
    """

    def __init__(self, primary_url: str, read_url: str) -> None:
        self._urls = primary_url, _of_a_standby(read_url)
        self._following, self._lock, self._over = Following(), Lock(), Event()
        self._database: int | None = None
        self._told = dict[str, str]()
        self._threads = [
            Thread(target=self._run, args=args, name=args[2], daemon=True)
            for args in (
                (self._urls[0], _WRITTEN, "primary", self._following.primary_told, lambda: None),
                (self._urls[1], _REPLAYED, "standby", self._following.standby_told, self._following.standby_gone),
            )
        ]

    def start(self) -> None:
        """Begin to follow; until then, and for a second after it, all questions go to the primary."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads; one that waits for a server that does not answer ends with the process."""
        self._over.set()

    def is_asked(self) -> bool:
        """Tell whether questions go to the standby now."""
        with self._lock:
            return self._following.may_ask_standby(monotonic())

    def age_s(self) -> float:
        """Return how old answers are at most for the standby's sake, in seconds; 0 while it is near enough behind."""
        now = monotonic()
        with self._lock:
            alone = self._following.may_ask_standby(now) and self._following.is_alone(now)
            return (self._following.behind_s(now) or 0.0) if alone else 0.0

    def behind_s(self) -> float | None:
        """Return how far the standby is behind at most; None where none is known."""
        with self._lock:
            return self._following.behind_s(monotonic())

    def serve(self, engine: Engine) -> None:
        """Have an engine, made for the primary, connect to whoever is asked, and leave whoever is not any more."""
        to_standby = sqlalchemy_url(self._urls[1])

        @event.listens_for(engine, "do_connect")
        def connect_to_whoever_is_asked(dialect: Dialect, record: Any, _args: Any, parameters: dict[str, Any]) -> Any:
            record.info[_STANDBY] = self.is_asked()
            if not record.info[_STANDBY]:
                return None
            _, there = dialect.create_connect_args(to_standby)
            return dialect.connect(**{**parameters, **there})

        @event.listens_for(engine, "checkout")
        def leave_whoever_is_not(_connection: Any, record: Any, _proxy: Any) -> None:
            if record.info[_STANDBY] != self.is_asked():
                raise DisconnectionError("questions go to the other server now")  # the pool connects anew

    def _run(
        self, url: str, question: str, name: str, told: Callable[[float, int], None], gone: Callable[[], None]
    ) -> None:
        while not self._over.is_set():
            try:
                with connect(url, f"cityops follows the {name}") as connection:
                    if self._is_fit(connection, name):
                        self._ask(connection, question, told)
            except psycopg.Error as error:
                what = "does not answer" if name == "primary" else "is not found"
                self._tell(name, what, reason=str(error).partition("\n")[0])
            with self._lock:
                gone()
            self._over.wait(EVERY_S)

    def _is_fit(self, connection: psycopg.Connection, name: str) -> bool:
        """Tell whether this is a server of the primary's database; say in the log how it stands with it."""
        [database, waited_for] = connection.execute(_WHO.encode()).fetchone() or (None, "")
        if name == "primary":
            self._database = database
            alone = "waits for no standby: what it acknowledged last may be lost"
            self._tell(name, "answers" if waited_for else alone)
        elif self._database is None:
            return False  # whose it must be is not known yet
        elif database != self._database:
            self._tell(name, "is of another database", remedy="mend CITYOPS_DATABASE_READ_URL; it is not asked")
            return False
        else:
            self._tell(name, "answers")
        return True

    def _tell(self, name: str, what: str, **more: str) -> None:
        """Say once how it stands with a server, until it stands otherwise."""
        if self._told.get(name) != what:
            self._told[name] = what
            say = log.info if what == "answers" else log.warning
            say(f"the {name} {what}", setting="CITYOPS_DATABASE_READ_URL", **more)

    def _ask(self, connection: psycopg.Connection, question: str, told: Callable[[float, int], None]) -> None:
        """Ask until it is no more what it was, or told to stop."""
        while not self._over.is_set():
            asked_at = monotonic()
            row = connection.execute(question.encode()).fetchone()
            if row is None:
                return
            with self._lock:
                told(asked_at, int(row[0]))
            self._over.wait(EVERY_S)


def _of_a_standby(read_url: str) -> str:
    return make_conninfo(read_url, target_session_attrs="standby")
