"""Names the sessions of the guard, which whoever starts Mosquitto posts there until the first worker relieves it.

Mosquitto keeps sessions across a restart, but not the shared subscriptions in them (2.0.21): what a sender publishes
before the first worker has subscribed again would be acknowledged and dropped. So whatever starts the broker posts a
guard at each start, the first among them: a session with an ordinary subscription to everything, which the first
workers to be there relieve.
"""

from cityops.mqtt.sessions import former_session_ids, session_id
from cityops.wire.topics import GUARD, GUARDED
from cityops_ingest.sources.mqtt.flavour import HeldSession


def guards(url: str) -> list[HeldSession]:
    """Return the guard's session at the broker of this address, and those it may have under former client ids."""
    return [HeldSession(one, [GUARDED]) for one in (session_id(url, GUARD), *former_session_ids(GUARD))]
