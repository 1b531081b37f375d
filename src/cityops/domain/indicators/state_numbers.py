"""The numbers of the state and what each of them means, declared once: for the API and for screens that tell it."""

from collections.abc import Iterator
from dataclasses import dataclass

from cityops.domain.metrics import Aggregate, Metric


@dataclass(frozen=True, slots=True)
class StateNumber:
    """A number of the state and what it means: of what it counts, and of how many.

    `code` is `metric:` with a metric's code, or `count:` with the place of the number in the state.
    """

    code: str
    name_zh: str
    name_en: str
    definition_zh: str
    definition_en: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str
    denominator_en: str
    of: str = ""
    """Where in the state the denominator stands; of a metric it is the devices expected."""
    carries: str = ""
    """What the source systems behind it carry; empty where they are named one by one."""


_NOW_ZH = {
    Aggregate.MEAN: "各设备最新读数的平均值",
    Aggregate.SUM: "各设备最新读数之和",
    Aggregate.MAX: "各设备最新读数的最大值",
    Aggregate.MIN: "各设备最新读数的最小值",
}
_NOW_EN = {
    Aggregate.MEAN: "Mean of the devices' newest readings",
    Aggregate.SUM: "Sum of the devices' newest readings",
    Aggregate.MAX: "Largest of the devices' newest readings",
    Aggregate.MIN: "Smallest of the devices' newest readings",
}


def metric_number(metric: Metric) -> StateNumber:
    """Return what the value of a metric in the state means."""
    return StateNumber(
        f"metric:{metric.code}",
        metric.name_zh,
        metric.name_en,
        f"{_NOW_ZH[metric.aggregate]}；只计及时的，没有及时的才计迟报的，静默的不计。",
        f"{_NOW_EN[metric.aggregate]}: those that are fresh; where none is, those that are late; never silent ones.",
        "读数及时的设备",
        "devices whose newest reading is fresh",
        "登记了这项指标的设备",
        "devices registered for it",
    )


_OPEN = ("在办事件", "open cases")
_ALARMS_ZH = "原因未消除、未被抑制、搁置或停用的告警。"
_ALARMS_EN = "Alarms whose cause stands, without those that are suppressed, shelved or out of service."
_CASES = {
    "found": (
        "发现阶段的事件",
        "Cases found",
        "已上报、已受理、核实中或已立案，尚未派遣。",
        "Reported, accepted, being verified or filed, and not dispatched yet.",
    ),
    "dispatched": (
        "派遣阶段的事件",
        "Cases dispatched",
        "已派遣，或已由单位签收。",
        "Dispatched to a unit, or signed for by it.",
    ),
    "handling": (
        "处置阶段的事件",
        "Cases in handling",
        "处置中，或已处置而等待核查。",
        "In handling, or handled and waiting to be checked.",
    ),
    "checking": (
        "核查中的事件",
        "Cases in checking",
        "已处置，等待核查或正在核查；含在处置阶段之内。",
        "Handled, and waiting to be checked or being checked; part of those in handling.",
    ),
    "urgent_open": (
        "紧急在办事件",
        "Urgent open cases",
        "严重程度为紧急或特急的在办事件。",
        "Open cases whose severity is urgent or critical.",
    ),
    "overdue": (
        "超期事件",
        "Cases overdue",
        "承办单位的处置时限已到而未处置完。",
        "The time of the unit that handles it has run out.",
    ),
    "near_due": (
        "临期事件",
        "Cases near due",
        "承办单位的处置时限将到。",
        "The time of the unit that handles it is about to run out.",
    ),
}
_LEVELS = {
    "red": ("红色", "Red"),
    "orange": ("橙色", "Orange"),
    "yellow": ("黄色", "Yellow"),
    "blue": ("蓝色", "Blue"),
}
_MATTER = (
    (
        "cases",
        ("当前要情的在办事件", "Open cases of what matters most"),
        ("由当前要情的告警生成、尚未了结的事件。", "Open cases that were made of the alarms of what matters most."),
    ),
    (
        "overdue",
        ("当前要情的超期事件", "Cases overdue of what matters most"),
        ("其中承办单位的处置时限已到而未处置完的。", "Of these cases, those whose unit's time has run out."),
    ),
)
_DEVICES = (
    (
        "fresh",
        ("及时的感知设备", "Devices on time"),
        ("有读数及时的感知设备。", "Devices of which a reading is fresh."),
    ),
    (
        "late",
        ("迟报的感知设备", "Devices that are late"),
        ("最新读数迟报的感知设备。", "Devices whose newest reading is late."),
    ),
    (
        "silent",
        ("静默的感知设备", "Silent devices"),
        ("最新读数已静默的感知设备。", "Devices whose newest reading is so old that they are silent."),
    ),
    (
        "never",
        ("从未有数据的感知设备", "Devices that never sent"),
        ("登记了但从未有过读数的感知设备。", "Devices that are registered, and of which no reading ever came."),
    ),
)


def _count(
    path: str,
    names: tuple[str, str],
    means: tuple[str, str],
    of: str = "",
    base: tuple[str, str] = ("", ""),
    carries: str = "events",
) -> StateNumber:
    zh, en = names
    return StateNumber(f"count:{path}", zh, en, *means, zh, f"{en[0].lower()}{en[1:]}", *base, of, carries)


def _counts() -> Iterator[StateNumber]:
    means = "尚未办结、归档、作废或合并的事件。", "Cases that are not closed, archived, void or merged."
    yield _count("events.counts.open", ("在办事件", "Open cases"), means)
    for name, (zh, en, means_zh, means_en) in _CASES.items():
        yield _count(f"events.counts.{name}", (zh, en), (means_zh, means_en), "events.counts.open", _OPEN)
    today = "零点（北京时间）以来{}的事件。", "Cases {} since midnight in the city's zone."
    for name, zh, en in (("reported", "发生", "that occurred"), ("closed", "办结", "that were closed")):
        names = f"今日{'上报' if name == 'reported' else zh}", f"{name.capitalize()} today"
        yield _count(f"events.counts.{name}_today", names, (today[0].format(zh), today[1].format(en)))
    for name, (zh, en) in _LEVELS.items():
        yield _count(f"alarms.{name}", (f"{zh}告警", f"{en} alarms"), (_ALARMS_ZH, _ALARMS_EN), carries="readings")
    unseen = (
        ("未确认的告警", "Unacknowledged alarms"),
        (f"还没有人确认的告警。{_ALARMS_ZH}", f"Nobody has acknowledged them. {_ALARMS_EN}"),
    )
    yield _count("alarms.unacknowledged", *unseen, carries="readings")
    grave = (
        "同一规则、同一最高级别的未解除告警，不计由其他告警引起的。",
        "Open alarms of one rule at the gravest level, without symptoms of others.",
    )
    yield _count("situation.places", ("当前要情的告警处数", "Places of what matters most"), grave, carries="readings")
    unseen_of_it = "其中还没有人确认的。", "Of these, those that nobody has acknowledged."
    names = "当前要情的未确认告警", "Unacknowledged alarms of what matters most"
    base = "当前要情的告警处数", "places of what matters most"
    yield _count("situation.unacknowledged", names, unseen_of_it, "situation.places", base, "readings")
    for name, names, meant in _MATTER:
        yield _count(f"situation.{name}", names, meant, "events.counts.open", _OPEN)
    for name, names, meant in _DEVICES:
        registered = "登记的感知设备", "devices registered"
        yield _count(f"devices.{name}", names, meant, "devices.expected", registered, "readings")


COUNTED = tuple(_counts())
"""The counts of the state that screens show."""
