"""Payload of an events message: a case as a source system reports it, once per step of its handling.

One message is one object or an array of objects. The source counts the steps of a case in `sequence`, so that
a repeated or late message is recognised: (source, external_id, sequence) names a step once and for all.
"""

from typing import Annotated

import msgspec

from cityops.wire.readings import Moment


class EventItem(msgspec.Struct, omit_defaults=True):
    """One step of one case.

    `occurred_at` is when the matter happened or was found, `status_at` when the case came into `status`. `region`
    is the code of the street, or of the district where the street is not known. `lon`, `lat` are WGS-84 degrees.
    `exercise` is what CAP 1.2 calls the status Exercise: the case is only played, whatever later steps say.
    """

    external_id: str
    sequence: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    event_class: str = msgspec.field(name="class")
    status: str
    title: str
    region: str
    occurred_at: Moment
    status_at: Moment
    severity: str = "normal"
    description: str | None = None
    address: str | None = None
    lon: float | None = None
    lat: float | None = None
    exercise: bool = False
