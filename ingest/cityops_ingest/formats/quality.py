"""What senders say of the quality of a value: codes of OPC and Sparkplug, words, flags beside it in a message."""

import re
from collections.abc import Container, Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple


class QualityVerdict(IntEnum):
    """What a sender says of a value; of two verdicts the graver one holds."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


class Said(NamedTuple):
    """A verdict with the sender's own words for it."""

    verdict: QualityVerdict
    words: str


_OF_WORD = {
    QualityVerdict.GOOD: "good ok valid normal fine nominal passed pass true verified approved",
    QualityVerdict.UNCERTAIN: "uncertain suspect suspicious questionable doubtful estimated interpolated substituted"
    " substitute probable unverified unchecked provisional preliminary limited",
    QualityVerdict.BAD: "bad invalid error fault faulty failed fail failure stale broken missing wrong erroneous"
    " rejected disconnected offline disabled unavailable nodata notconnected outofservice commfailure devicefailure"
    " sensorfailure configerror outofrange maintenance calibrating calibration simulated false",
}
_BY_WORD = {word: verdict for verdict, words in _OF_WORD.items() for word in words.split()}
_DENIALS = {"no", "not", "none", "without"}

_QUALITIES = {"quality", "data_quality", "value_quality", "quality_flag", "qc", "qc_flag", "status", "sensor_status"}
_FAULTS = {"fault", "sensor_fault", "error", "sensor_error", "failure", "sensor_failure", "invalid", "exception"}
_SOUND = {"valid", "is_valid", "data_valid"}
_OF_ONE_FIELD = re.compile(r"(.+)_(quality|qc|status|fault|error|failure|invalid|exception|valid)")
_TRUTH = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}

_OPC_UA_UNCERTAIN, _OPC_UA_BAD = 0x4000_0000, 0x8000_0000


def of_code(code: int) -> QualityVerdict:
    """Return the verdict of a code of OPC DA (192 good, 64 uncertain, 0 bad), Sparkplug (500 stale) or OPC UA.

    Sources: OPC DA 3.0, section 6.8; Sparkplug 3.0, section 6.4.8 (tck-id-payloads-propertyset-quality-value);
    OPC 10000-4, section 7.39; Ignition's codes from 256 on are uncertain, from 500 (stale) on bad.
    """
    code &= 0xFFFF_FFFF
    if code >= _OPC_UA_UNCERTAIN:
        return QualityVerdict.BAD if code >= _OPC_UA_BAD else QualityVerdict.UNCERTAIN
    if 192 <= code < 256:
        return QualityVerdict.GOOD
    return QualityVerdict.UNCERTAIN if 64 <= code < 128 or 256 <= code < 500 else QualityVerdict.BAD


def of_word(text: str) -> QualityVerdict | None:
    """Return the verdict of a word, or of the gravest among several; None if none is known.

    "Bad_Stale", "bad - sensor failure" and "not ok" are bad, "no fault" is good.
    """
    parts = [part for part in re.split(r"[^a-z]+", text.lower()) if part]
    whole = _BY_WORD.get("".join(parts))
    if whole is not None:
        return whole
    verdict = max((_BY_WORD[part] for part in parts if part in _BY_WORD), default=None)
    if verdict is not None and parts[0] in _DENIALS:
        return QualityVerdict.BAD if verdict is QualityVerdict.GOOD else QualityVerdict.GOOD
    return verdict


def of_statement(raw: Any) -> Said | None:
    """Return what an explicit statement of quality says, of whatever shape; None where it is empty.

    A statement that is not understood leaves the value uncertain: its sender had something to say of it.
    """
    words = list(_scalars(raw))
    if not words:
        return None
    verdicts = [_of_scalar(word) for word in words]
    known = [one for one in verdicts if one is not None]
    return Said(max(known, default=QualityVerdict.UNCERTAIN), " ".join(str(word) for word in words)[:60])


def _of_scalar(raw: Any) -> QualityVerdict | None:
    if isinstance(raw, bool):
        return QualityVerdict.GOOD if raw else QualityVerdict.BAD
    return of_word(raw) if isinstance(raw, str) else None


def _scalars(raw: Any) -> Iterator[Any]:
    waiting = [raw]
    while waiting:  # a loop, because a hostile message nests deeper than Python's stack
        part = waiting.pop()
        if isinstance(part, dict | list):
            waiting += reversed(list(part.values()) if isinstance(part, dict) else part)
        elif part not in (None, ""):
            yield part


class Flags:
    """What flags among the fields of a message say of its other fields.

    A flag named `fault`, `valid`, `quality` and the like speaks for its object and what is nested in it, one named
    `temperature_fault` for `temperature`. A flag whose value is not understood says nothing.
    """

    def __init__(self, fields: Mapping[str, Any], but: Container[str] = ()) -> None:
        self.names: set[str] = set()
        self._of_scope: dict[str, Said] = {}
        for name, raw in fields.items():
            if name not in but:
                self._take(name, raw)

    def of(self, field: str) -> Said | None:
        """Return the gravest that is said of a field, None where nothing is."""
        if not self._of_scope:
            return None
        parts = field.split(".")
        scopes = (".".join(parts[:end]) for end in range(len(parts) + 1))
        said = [self._of_scope[scope] for scope in scopes if scope in self._of_scope]
        return max(said, key=lambda one: one.verdict, default=None)

    def _take(self, name: str, raw: Any) -> None:
        prefix, _, last = name.rpartition(".")
        key = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", last).lower().replace("-", "_")
        of_one = _OF_ONE_FIELD.fullmatch(key)
        if key in _QUALITIES | _FAULTS | _SOUND:
            verdict, scope = _of_flag(key, raw), prefix
        elif of_one:
            stem = last[: len(of_one[1])].rstrip("_-")
            verdict, scope = _of_flag(of_one[2], raw), f"{prefix}.{stem}" if prefix else stem
        else:
            return
        if verdict is not None:
            self.names.add(name)
            before = self._of_scope.get(scope)
            if before is None or before.verdict < verdict:
                self._of_scope[scope] = Said(verdict, f"{name} is {raw!r}"[:60])


def _of_flag(flag: str, raw: Any) -> QualityVerdict | None:
    if isinstance(raw, str) and (flag in _QUALITIES or raw.lower() not in _TRUTH):
        return of_word(raw) if flag not in _SOUND else None
    if flag in _QUALITIES or not isinstance(raw, bool | int | str):
        return None
    is_true = _TRUTH[raw.lower()] if isinstance(raw, str) else bool(raw)
    return QualityVerdict.BAD if is_true == (flag in _FAULTS) else QualityVerdict.GOOD
