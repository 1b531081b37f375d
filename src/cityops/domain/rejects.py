"""Why an item could not be stored: the named reasons that API, command line and metrics show."""

from enum import StrEnum


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
    BAD_TOPIC = "bad_topic", "The topic is not cityops/v1/readings|events/<source>[/<device>]."
    EMPTY_PAYLOAD = "empty_payload", "The payload has no bytes; send a JSON object or array."
    PAYLOAD_TOO_LARGE = "payload_too_large", "The payload is over the size limit; send smaller arrays."
    BAD_JSON = "bad_json", "The payload is not JSON in UTF-8."
    WRONG_TYPE = "wrong_type", "A field is missing or has the wrong JSON type."
    BAD_TIME = "bad_time", "A time must be RFC 3339 with a zone, or integer milliseconds since 1970 UTC."
    TIME_IN_FUTURE = "time_in_future", "The time lies more than 10 minutes ahead; set the device's clock."
    TIME_TOO_OLD = "time_too_old", "The time lies before 2000; set the device's clock, or check the unit."
    NOT_FINITE = "not_finite", "The value is NaN or infinite; leave out a reading that has no value."
    OUT_OF_RANGE = "out_of_range", "The value lies outside the metric's valid range."
    UNKNOWN_SOURCE = "unknown_source", "No source system of this code is registered."
    UNKNOWN_DEVICE = "unknown_device", "No device of this code is registered; register it, then replay."
    UNKNOWN_METRIC = "unknown_metric", "No metric of this code is declared."
    WRONG_SOURCE = "wrong_source", "The device belongs to another source system."
    UNKNOWN_CLASS = "unknown_class", "No event class of this code is declared."
    UNKNOWN_STATUS = "unknown_status", "The status or severity is not one of the declared ones."
    UNKNOWN_REGION = "unknown_region", "No district or street has this code."
    TOO_LONG = "too_long", "A text is longer than its limit."
    INTERNAL_ERROR = "internal_error", "The ingest failed on this message; its log names the error."
    DATABASE_REFUSED = "database_refused", "The database refused this item for a reason of its own."
