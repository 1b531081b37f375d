"""Alarm rules as data: what a rule looks at, from when on it warns, how gravely, and what an operator does then.

They come from a file (`rule_sets` reads it) by way of the store; `conditions` compiles them for readings.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from cityops.domain.alarms.matchers import Inhibition
from cityops.domain.metrics import Direction, WarningLevel
from cityops.domain.modes.modes import ModeKind

PRIORITIES = (1, 2, 3)
"""What an operator does first: 1 at once, 2 promptly, 3 in the course of the day; 5, 15 and 80 of 100 (ISA-18.2)."""

GROUP_WAIT = timedelta(seconds=30)
GROUP_INTERVAL = timedelta(minutes=5)
REPEAT_INTERVAL = timedelta(hours=4)


class RuleClass(StrEnum):
    """What a rule warns of; `health` is of the devices themselves, whatever they measure."""

    FLOOD = "flood"
    WEATHER = "weather"
    AIR = "air"
    NOISE = "noise"
    COVER = "cover"
    GAS = "gas"
    TRAFFIC = "traffic"
    CROWD = "crowd"
    POWER = "power"
    SITE = "site"
    HEALTH = "health"


class RuleSubject(StrEnum):
    """What a rule looks at."""

    METRIC = "metric"
    """One metric of one device."""
    DEVICE_STATE = "device_state"
    """A device: how long nothing has come of it, whatever it measures."""
    SHARE = "share"
    """A group of devices, as `group_by` divides them: which share of it is silent, or in alarm under another rule."""
    INDICATOR = "indicator"
    """A metric of a district, or of a street where alarms are grouped by street; by its rollups."""


class ConditionKind(StrEnum):
    """How what is looked at is held against the limits."""

    THRESHOLD = "threshold"
    """The value, in the metric's unit."""
    RATE = "rate"
    """By how much the value has risen (`high`) or fallen (`low`) within the window, in the metric's unit."""
    NO_DATA = "no_data"
    """How long nothing has come, of the metric or of the device, in the device's expected intervals."""
    SHARE = "share"
    """The share, in percent."""
    DEVIATION = "deviation"
    """By how many deviations the value lies above (`high`) or below (`low`) what is usual in the hour of the week."""


UPWARDS = frozenset({ConditionKind.RATE, ConditionKind.DEVIATION})
"""Conditions whose number becomes worse upwards, whichever way the value goes."""

SILENT = "silent"
"""What a share may be of, beside the code of another rule: devices that have fallen silent."""


class BasisMark(StrEnum):
    """How far the basis of the limits was followed up: read itself, cited by others, or a default of ours."""

    READ = "read"
    CITED = "cited"
    DEFAULT = "default"

    @property
    def label_zh(self) -> str:
        """Return what screens put beside the limits; empty where the source was read."""
        return {BasisMark.CITED: "转引", BasisMark.DEFAULT: "默认值, 未核"}.get(self, "")

    @property
    def label_en(self) -> str:
        """Return what screens put beside the limits; empty where the source was read."""
        return {BasisMark.CITED: "cited", BasisMark.DEFAULT: "default, not verified"}.get(self, "")


@dataclass(frozen=True, slots=True)
class LevelLimit:
    """From which value on a level holds, by how much it must be left again, and how soon an operator acts on it."""

    level: WarningLevel
    value: float
    hysteresis: float
    priority: int


@dataclass(frozen=True, slots=True)
class ModeLimits:
    """Values from which levels hold while a mode of this kind, of the rule's matter, holds where the device is.

    A mode moves limits and adds none: levels that are not named keep their value, and all keep hysteresis, priority
    and delays, so that a track means the same under either.
    """

    kind: ModeKind
    values: tuple[tuple[WarningLevel, float], ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in Chinese and in English."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Rationale:
    """The four texts of ISA-18.2's rationalisation; a rule with a limit of priority 1 has all of them."""

    cause: Wording = Wording()
    consequence: Wording = Wording()
    response: Wording = Wording()
    priority_reason: Wording = Wording()


@dataclass(frozen=True, slots=True)
class Applies:
    """Which devices a rule is about; what is empty excludes none."""

    kinds: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    """Beginnings of region codes: a district by its 6 digits, a street by 9."""
    sources: frozenset[str] = frozenset()
    """Source systems."""
    devices: str = ""
    """Pattern of device codes, such as `WL-UNDERPASS-*`."""

    def covers(self, kind: str, region_code: str, source: str, device: str) -> bool:
        """Tell whether a device of this kind, region and source system is meant."""
        return (
            (not self.kinds or kind in self.kinds)
            and (not self.regions or region_code.startswith(self.regions))
            and (not self.sources or source in self.sources)
            and (not self.devices or fnmatchcase(device, self.devices))
        )


@dataclass(frozen=True, slots=True)
class Grouping:
    """How alarms are told together; the names and their meaning are Alertmanager's."""

    by: tuple[str, ...] = ("rule", "district")
    wait: timedelta = GROUP_WAIT
    interval: timedelta = GROUP_INTERVAL
    repeat: timedelta = REPEAT_INTERVAL

    def sooner(self, pace: int) -> "Grouping":
        """Return the grouping by which a group is told again so many times sooner; how long it waits stays."""
        return self if pace == 1 else replace(self, interval=self.interval / pace, repeat=self.repeat / pace)


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One rule; its limits from the least grave on. `version` counts up from 1, 0 as long as it is not kept."""

    code: str
    name: Wording
    rule_class: RuleClass
    subject: RuleSubject
    condition: ConditionKind
    direction: Direction
    limits: tuple[LevelLimit, ...]
    on_delay: timedelta
    off_delay: timedelta
    metric: str = ""
    share_of: str = ""
    window: timedelta = timedelta(0)
    """Of a rate: within which time the value rose or fell."""
    from_value: float | None = None
    """Of a rate: nothing is judged short of this value, in the metric's unit."""
    as_metric: bool = False
    """Whether the limits are those of the metric, and must agree with it."""
    applies: Applies = Applies()
    latched_from: WarningLevel = WarningLevel.NONE
    """Alarms that have reached this level stay until they are reset; NONE latches none."""
    realarm: timedelta | None = None
    """An alarm that nobody has acknowledged sounds again after this time."""
    grouping: Grouping = Grouping()
    inhibits: tuple[Inhibition, ...] = ()
    rationale: Rationale = Rationale()
    basis: Wording = Wording()
    basis_mark: BasisMark = BasisMark.DEFAULT
    in_modes: tuple[ModeLimits, ...] = ()
    modes_basis: Wording = Wording()
    modes_basis_mark: BasisMark = BasisMark.DEFAULT
    version: int = field(default=0)

    @property
    def priority(self) -> int:
        """Return the most urgent priority of its limits."""
        return min(limit.priority for limit in self.limits)

    @property
    def is_health(self) -> bool:
        """Tell whether it is of the devices themselves and no warning of the city's."""
        return self.rule_class is RuleClass.HEALTH

    def differs_in(self, kind: ModeKind) -> bool:
        """Tell whether other limits than the rule's own judge while a mode of this kind holds."""
        return any(one.kind is kind for one in self.in_modes)

    def limits_in(self, kind: ModeKind) -> tuple[LevelLimit, ...]:
        """Return the limits that judge while a mode of this kind holds, the same levels in the same order."""
        moved = next((dict(one.values) for one in self.in_modes if one.kind is kind), {})
        return tuple(replace(limit, value=moved.get(limit.level, limit.value)) for limit in self.limits)

    def priority_at(self, level: WarningLevel) -> int:
        """Return how soon an operator acts on an alarm of this level; a level without a limit is as the one below."""
        below = [limit.priority for limit in self.limits if limit.level <= level]
        return below[-1] if below else self.limits[0].priority

    def latches(self, level: WarningLevel) -> bool:
        """Tell whether an alarm that has reached this level stays until it is reset."""
        return self.latched_from is not WarningLevel.NONE and level >= self.latched_from
