"""Why an item could not be stored, and what became of it since: names that API, command line and metrics show."""

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum

from cityops.domain.masking import masked


class Reason(StrEnum):
    """A reason, with the sentence that tells a sender what to mend."""

    explanation: str

    def __new__(cls, value: str, explanation: str) -> "Reason":
        """Make a member whose value is the short name; the sentence rides along."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.explanation = explanation
        return member

    TOPIC_NOT_UTF8 = "topic_not_utf8", "The topic is not valid UTF-8; name it cityops/v1/<kind>/<source>."
    BAD_TOPIC = "bad_topic", "The topic is not cityops/v1/readings|events|indicators/<source>[/<device>]."
    EMPTY_PAYLOAD = "empty_payload", "The payload has no bytes or no items; send a JSON object, or an array of some."
    PAYLOAD_TOO_LARGE = (
        "payload_too_large",
        "The payload has more bytes, items or values than are taken; send smaller arrays.",
    )
    OVER_QUOTA = (
        "over_quota",
        "The source sends far more at QoS 0 than a whole city; it is not read for a minute. Send less, or at QoS 1.",
    )
    BAD_JSON = "bad_json", "The payload is not JSON in UTF-8."
    BAD_PROTOBUF = "bad_protobuf", "The payload is not a Sparkplug B message in protobuf."
    SEQUENCE_GAP = (
        "sequence_gap",
        "Messages of a Sparkplug node are missing before this one; it is taken nevertheless.",
    )
    NO_BIRTH = "no_birth", "No Sparkplug birth is known that names the metric; have the node send its births again."
    WRONG_TYPE = "wrong_type", "A field is missing or has the wrong JSON type."
    BAD_TIME = "bad_time", "A time must be RFC 3339 with a zone, or integer milliseconds since 1970 UTC."
    TIME_IN_FUTURE = "time_in_future", "The time lies more than 10 minutes ahead; set the device's clock."
    TIME_TOO_OLD = (
        "time_too_old",
        "The time lies before 2000, or before what is still kept; check the device's clock and the unit.",
    )
    NOT_FINITE = "not_finite", "The value is NaN or infinite; leave out a reading that has no value."
    OUT_OF_RANGE = "out_of_range", "The value lies outside the valid range of its metric or indicator."
    BAD_QUALITY = (
        "bad_quality",
        "The sender itself says that the value is bad, stale or simulated; see to the sensor.",
    )
    ANOTHER_UNIT = (
        "another_unit",
        "The sender tells a unit that cannot be converted to the one that is expected; mend the route or the sender.",
    )
    CONFLICTING_VALUE = (
        "conflicting_value",
        "Another value is kept under the same key, or another step of this number; the first stays.",
    )
    RETAINED = "retained", "A retained message that names no time may be old; let the sender give a time."
    UNKNOWN_SOURCE = "unknown_source", "No source system of this code is registered."
    NOT_CARRIED = (
        "not_carried",
        "The source system does not carry this: each kind comes from the sources that are declared to.",
    )
    UNKNOWN_DEVICE = "unknown_device", "No device of this code is registered; register it, then replay."
    UNKNOWN_METRIC = "unknown_metric", "No metric of this code is declared."
    WRONG_SOURCE = "wrong_source", "The device or the indicator belongs to another source system."
    UNKNOWN_INDICATOR = (
        "unknown_indicator",
        "No indicator of this code is declared that source systems push; declare it, then replay.",
    )
    BAD_PERIOD = "bad_period", "The period does not begin or end where one of the indicator's does."
    UNKNOWN_CLASS = "unknown_class", "No event class of this code is declared."
    UNKNOWN_STATUS = "unknown_status", "The status or severity is not one of the declared ones."
    UNKNOWN_REGION = "unknown_region", "No region has this code, or none of a level that this comes by."
    IMPOSSIBLE_PLACE = (
        "impossible_place",
        "The place is half, 0, 0 or far from the city; the case is taken without it.",
    )
    TOO_LONG = "too_long", "A text is longer than its limit."
    INTERNAL_ERROR = "internal_error", "The ingest failed on this message; its log names the error."
    DATABASE_REFUSED = "database_refused", "The database refused this item for a reason of its own."


WHOLE_MESSAGE = frozenset(
    {
        Reason.TOPIC_NOT_UTF8,
        Reason.BAD_TOPIC,
        Reason.UNKNOWN_SOURCE,
        Reason.NOT_CARRIED,
        Reason.EMPTY_PAYLOAD,
        Reason.PAYLOAD_TOO_LARGE,
        Reason.OVER_QUOTA,
        Reason.BAD_JSON,
        Reason.BAD_PROTOBUF,
        Reason.SEQUENCE_GAP,
        Reason.NO_BIRTH,
        Reason.INTERNAL_ERROR,
        Reason.DATABASE_REFUSED,
    }
)
"""Reasons that refuse a message before its items are told apart: one reject stands for all of them."""


class RejectState(StrEnum):
    """What became of a reject since it was recorded."""

    OPEN = "open"
    REPLAYED = "replayed"
    GIVEN_UP = "given_up"


class ReplayOutcome(StrEnum):
    """What one replay of a reject came to."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


OPEN_KIND = "readings"
"""The only kind of message that cannot hold a citizen's name or number; of other kinds the content is hidden."""

_CONTENT_IN_DETAIL = {Reason.BAD_JSON, Reason.INTERNAL_ERROR, Reason.DATABASE_REFUSED}


@dataclass(frozen=True, slots=True)
class ShownPayload:
    """A kept payload as it may be shown: as text or as base64, or neither with the reason why it is hidden."""

    text: str | None = None
    base64: str | None = None
    hidden: str | None = None


def shown_payload(kind: str, payload: bytes, *, with_personal_data: bool = False) -> ShownPayload:
    """Return how to show a message of a kind: text where it is UTF-8; nothing where it may hold personal data."""
    if kind != OPEN_KIND and not with_personal_data:
        return ShownPayload(hidden=f"messages of the kind {kind} may hold personal data")
    try:
        return ShownPayload(text=payload.decode())
    except UnicodeDecodeError:
        return ShownPayload(base64=b64encode(payload).decode())


def shown_detail(kind: str, reason: str, detail: str) -> str:
    """Return a detail without what may be personal: content quoted by a parser or the database, names, numbers."""
    if kind == OPEN_KIND:
        return detail
    return "hidden: may quote the message" if reason in _CONTENT_IN_DETAIL else masked(detail)
