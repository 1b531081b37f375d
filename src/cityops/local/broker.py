"""The embedded Mosquitto: runs with the settings of ingest/mosquitto.conf on a loopback port."""

import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cityops.errors import CityopsError
from cityops.local import guard
from cityops.local.binaries import Binaries
from cityops.local.deployed import deployed_text
from cityops.local.places import create_instance, own_by_server
from cityops.local.processes import (
    PORT_TRIES,
    PortTakenError,
    end,
    free_ports,
    last_lines,
    listens,
    spawn,
    start_on_a_port,
    wait_until,
)
from cityops.mqtt.mosquitto.roles import ADMIN, WORKERS, write_users
from cityops.mqtt.sessions import session_id
from cityops.wire.topics import GUARD

START_SECONDS = 60.0  # a large queue is read back first
STOP_SECONDS = 60.0  # and written at the end

# What depends on where the broker stands; everything else is the same on one machine and in a city.
PLACE_SETTINGS = (
    *("listener", "allow_anonymous", "password_file", "acl_file", "plugin", "include_dir"),
    *("persistence_location", "log_dest"),
)
TLS_SETTINGS = ("cafile", "certfile", "keyfile")
REPLACED_SETTINGS = ("persistence", "autosave_", "max_inflight_messages")
"""What durable.conf takes the place of."""

QUEUES = {False: "mosquitto.db", True: "mosquitto.sqlite3"}
"""By whether a broker is durable: the file that holds its queue."""


def deployed_config() -> str:
    """Return the text of ingest/mosquitto.conf, from the checkout or from the installed package."""
    return deployed_text("mosquitto.conf")


class Broker:
    """One embedded broker; `start` may follow `stop` or `kill`, on the same port.

    Parameters
    ----------
    instance
        Folder for its queue, log and port; created at the first start.
    port
        Loopback port; None takes that of the last start or any free one.
    settings
        Mosquitto settings in place of ours, those of TLS among them.
    guarded
        Let in only who has a name and a password: the workers, the administrator, and source systems with a key.
        Without it all of this machine may do anything.
    durable
        Write each message down as it comes, by a plugin that the programs must have: ingest/durable.conf.
    """

    def __init__(
        self,
        binaries: Binaries,
        instance: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        guarded: bool = False,
        durable: bool = False,
    ) -> None:
        self.binaries = binaries
        self.instance = instance
        self.log = instance / "mosquitto.log"
        self.port = port
        self.settings = dict(settings or {})
        self.guarded = guarded
        self.durable = durable
        self.passwords: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self._is_to_run = False

    @property
    def url(self) -> str:
        """Return the broker's address for the workers, who only read."""
        return self.url_of(WORKERS)

    @property
    def admin_url(self) -> str:
        """Return the address for who lets source systems in; empty where all are let in."""
        return self.url_of(ADMIN) if self.guarded else ""

    def url_of(self, user: str) -> str:
        """Return the address for one of our own users."""
        scheme = "mqtts" if "certfile" in self.settings else "mqtt"
        who = f"{user}:{self.passwords[user]}@" if self.guarded else ""
        return f"{scheme}://{who}127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the broker and return when it accepts connections.

        Raises
        ------
        CityopsError
            It ended while starting; the end of its log follows. Or it would not see the queue that is there.
        """
        create_instance(self.instance)
        self._refuse_the_other_queue()
        if self.guarded:
            self.passwords = _passwords(self.instance / "mosquitto.passwords")
        self._post_guard()
        start_on_a_port(self.instance / "mosquitto.port", self.port, self._run)
        self._is_to_run = True

    def stop(self) -> None:
        """Write the queue to disk and stop."""
        self._is_to_run = False
        self._leave()

    def _leave(self) -> None:
        if self.process:
            end(self.process, signal.SIGTERM, patience=STOP_SECONDS)
            self.process = None

    @property
    def has_died(self) -> bool:
        """Whether the broker was started and has ended by itself; so it stays until `start` has succeeded."""
        return self._is_to_run and (self.process is None or self.process.poll() is not None)

    def kill(self) -> None:
        """End the broker with SIGKILL: what came after its last save is lost."""
        self._is_to_run = False
        self._end()

    def _end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _post_guard(self) -> None:
        """Leave a session that subscribes to everything, before any sender can come: on a port that none knows.

        At the very first start no worker has subscribed, and their shared subscriptions do not survive a restart
        (Mosquitto 2.0.21); without the guard, what arrives before they subscribe would be acknowledged and dropped.
        A worker relieves it.
        """
        ports = free_ports(PORT_TRIES)
        for port in ports:
            try:
                self._run(port, is_private=True)
                guard.post(port, session_id(self.url, GUARD))
            except PortTakenError:
                if port == ports[-1]:
                    raise
            else:
                return
            finally:
                self._leave()

    def _refuse_the_other_queue(self) -> None:
        other = self.instance / "mosquitto" / QUEUES[not self.durable]
        if other.exists():
            before, now = ("durable", "not durable")[:: -1 if self.durable else 1]
            raise CityopsError(
                f"{other} is the queue of a broker that was {before}, and one that is {now} would not see it: run it "
                "once more as it was, stop it when the workers have taken all, and delete that file"
            )

    def _run(self, port: int, *, is_private: bool = False) -> None:
        config = self._write_config(port, is_private)
        self.process = spawn([self.binaries.mosquitto(), "-c", config], log=self.log, death_signal="TERM")
        if not wait_until(lambda: self._is_up(port), seconds=START_SECONDS):
            self._end()
            raise CityopsError(f"Mosquitto does not answer. The end of {self.log}:\n{last_lines(self.log)}")
        if not is_private:
            self.port = port

    def _is_up(self, port: int) -> bool:
        if self.process is None or self.process.poll() is not None:
            said = last_lines(self.log)
            kind = PortTakenError if "Address already in use" in said else CityopsError
            raise kind(f"Mosquitto ended. The end of {self.log}:\n{said}")
        if not listens(self.process.pid, port):
            return False
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    def _write_config(self, port: int, is_private: bool) -> Path:
        folder = self.instance / "mosquitto"
        folder.mkdir(exist_ok=True)
        own_by_server(folder)
        replaced = (*PLACE_SETTINGS, *self.settings, *(REPLACED_SETTINGS if self.durable else ()))
        common = [s for s in deployed_config().splitlines() if not s.startswith(replaced)]
        settings = {n: value for n, value in self.settings.items() if not (is_private and n in TLS_SETTINGS)}
        here = (
            f"listener {port} 127.0.0.1",
            *(("allow_anonymous true",) if is_private or not self.guarded else self._access(folder)),
            f"persistence_location {folder}/",
            "log_dest stdout",
            *(self._writing_down() if self.durable else ()),
            *(f"{name} {value}" for name, value in settings.items()),
        )
        file = self.instance / "mosquitto.conf"
        file.write_text("\n".join([*common, *here]) + "\n")
        own_by_server(file)
        return file

    def _access(self, folder: Path) -> tuple[str, ...]:
        users = folder / "users.json"
        write_users(users, self.passwords)
        own_by_server(users)
        return ("allow_anonymous false", f"plugin {self.binaries.security()}", f"plugin_opt_config_file {users}")

    def _writing_down(self) -> list[str]:
        lines = deployed_text("durable.conf").splitlines()
        return [f"plugin {self.binaries.persistence()}" if one.startswith("plugin ") else one for one in lines]


def _passwords(file: Path) -> dict[str, str]:
    """Return the passwords of our own users, made at the first start: the workers' sessions are named by theirs."""
    if not file.exists():
        new = file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in (WORKERS, ADMIN)}))
        new.replace(file)
    known: dict[str, str] = json.loads(file.read_text())
    return known
