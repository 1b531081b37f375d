"""The job `packs`: makes the pack of each day that is over, of what the API gives to a key, and removes old ones.

It asks the API as anybody could, so that scope, masks and audit are those of the key.
"""

from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import structlog

from cityops.clock import utc_now
from cityops.domain.exports.packs import KEEP_DAYS, Pack, due, outlived
from cityops.errors import CityopsError
from cityops.jobs.leader import Job
from cityops.services.indicators import packs as kept

EVERY_S = 300.0

log = structlog.get_logger()


def packs(folder: Path, api_url: str, key: str) -> Job:
    """Return the job of making packs into a folder; one that is missing is looked for again at each turn."""

    def turn(_: psycopg.Connection) -> None:
        from cityops.client import ApiError

        now = utc_now()
        try:
            pack, is_new = made(folder, due(now), KEEP_DAYS, now, api_url, key)
        except ApiError as error:
            if error.status:
                raise
            log.info("the API does not answer yet, the pack is made at the next look", error=str(error))
        except OSError as error:
            raise CityopsError(f"{folder}: {error.strerror}; make room, or let this account write there") from error
        else:
            if is_new:
                log.info("a pack was made", day=str(pack.day), bytes=pack.bytes, sha256=pack.sha256)

    return Job("packs", EVERY_S, turn)


def made(folder: Path, day: date, keep_days: int, now: datetime, api_url: str, key: str) -> tuple[Pack, bool]:
    """Make the pack of a day unless it is there, and remove those of older days; tell whether it is new.

    Raises
    ------
    CityopsError
        The day is not over, or the API refused a file.
    OSError
        The folder cannot be written.
    """
    from cityops.client import Client  # pandas, for a process that makes one a day
    from cityops.client.packs import write_pack

    if day > due(now):
        raise CityopsError(f"{day}: that day is not over; the newest that is, is {due(now)}")
    folder.mkdir(parents=True, exist_ok=True)
    there = kept.packs(folder)
    found = next((one for one in there if one.day == day), None)
    is_new = found is None
    if found is None:
        with TemporaryDirectory(prefix=".making-", dir=folder) as making, Client(api_url, key) as client:
            target = Path(making) / "pack.zip"
            write_pack(client, day, target, now)
            found = kept.add(folder, target, day, now)
    kept.remove(folder, outlived(there, keep_days, now))
    return found, is_new
