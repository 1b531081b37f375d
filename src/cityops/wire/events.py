"""Payload of an events message: a case as a source system reports it, once per step of its handling.

One message is one object or an array of objects. The source counts the steps of a case in `sequence`, so that
a repeated or late message is recognised: (source, external_id, sequence) names a step once and for all.
"""

import msgspec


class EventItem(msgspec.Struct, omit_defaults=True):
    """One step of one case.

    Times are RFC 3339 strings with a zone or integers of milliseconds since 1970-01-01 UTC: `occurred_at` is
    when the matter happened or was found, `status_at` when the case came into `status`. `region` is the code of
    the street, or of the district where the street is not known. `lon` and `lat` are WGS-84 degrees.
    """

    external_id: str
    sequence: int
    event_class: str = msgspec.field(name="class")
    status: str
    title: str
    region: str
    occurred_at: int | str
    status_at: int | str
    severity: str = "normal"
    description: str | None = None
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
