"""A made-up register of data resources, as large as the city's: 154 units, 4,056 datasets, some without officers.

Every name says that it is made up, so that nobody takes it for a real register.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from cityops import reference
from cityops.domain.indicators.measures import Pushed
from cityops.domain.resources.datasets import Cadence, CrossBorder, Dataset, DatasetPrivacy, Sharing
from cityops.domain.resources.officers import EVERY_UNIT, DataOfficer, OfficerLevel
from cityops.reference import themes

UNITS, DATASETS = 154, 4_056
"""What was said of the city's sharing platform (穗智管, 2022): units and themes of resources."""

THEMES = (
    "人口",
    "法人",
    "空间地理",
    "信用",
    "证照",
    "交通",
    "生态环境",
    "应急",
    "市场监管",
    "民生服务",
    "住房城建",
    "水务",
)
SUBJECTS = ("登记信息", "许可信息", "监测数据", "统计台账", "处罚信息", "设施清单", "检查记录", "服务事项")
_SUBJECTS_EN = (
    "registrations",
    "permits",
    "monitoring",
    "statistics",
    "penalties",
    "facilities",
    "inspections",
    "services",
)
LICENCE = "广东省公共数据管理办法（虚构条款）"
WITHOUT_UNIT_OFFICER, WITHOUT_LIAISON = 11, 7
"""Each so-manyth unit lacks one, so that gaps can be seen."""


def units() -> list[tuple[str, str, str]]:
    """Return code and names of the units: the departments of the reference first, made-up ones after them."""
    known = [(row["code"], row["name_zh"], row["name_en"]) for row in reference.rows("departments")]
    made = [(f"unit-{n:03}", f"虚构单位{n:03}", f"Made-up unit {n:03}") for n in range(1, UNITS - len(known) + 1)]
    return known + made


def flowing(now: datetime) -> Iterator[Dataset]:
    """Yield a dataset for each source system that sends here, with the indicators that it pushes."""
    declared = themes.shipped().indicators.items()
    names = {code: (zh, en) for code, zh, en in units()}
    for row in reference.rows("source_systems"):
        if row["carries"] not in {"readings", "events", "indicators"}:
            continue
        zh, en = names[row["department_code"]]
        yield Dataset(
            code=f"src-{row['code']}",
            name_zh=f"{row['name_zh']}（虚构目录）",
            name_en=f"{row['name_en']} (made-up entry)",
            provider_code=row["department_code"],
            provider_zh=zh,
            provider_en=en,
            theme="城市运行",
            sharing=Sharing.CONDITIONAL,
            licence=LICENCE,
            terms="经平台共享，按用途使用",
            cadence=Cadence.REALTIME,
            last_exchange=now,
            row_count=None,
            cross_border=CrossBorder.OPEN,
            privacy=DatasetPrivacy.INTERNAL,
            source_system_code=row["code"],
            indicators=tuple(
                code
                for code, one in declared
                if isinstance(one.measure, Pushed) and row["code"] in one.measure.sources
            ),
            contact="数据联络专员",
        )


def datasets(now: datetime, seed: int) -> Iterator[Dataset]:
    """Yield the register, those of the source systems first; the same for the same seed and moment."""
    chance, every = Random(seed), units()
    own = list(flowing(now))
    yield from own
    for number in range(DATASETS - len(own)):
        code, zh, en = every[number % len(every)]
        subject, theme = chance.randrange(len(SUBJECTS)), chance.choice(THEMES)
        cadence = chance.choices(list(Cadence), (2, 4, 30, 14, 24, 10, 10, 6))[0]
        age = (cadence.longest or timedelta(days=400)) * (chance.random() if chance.random() < 0.93 else 3)
        is_personal = theme in {"人口", "民生服务", "证照"}
        yield Dataset(
            code=f"gz-{number + 1:05}",
            name_zh=f"{theme}{SUBJECTS[subject]}{number + 1:04}（虚构）",
            name_en=f"{_SUBJECTS_EN[subject].capitalize()} {number + 1:04} (made up)",
            provider_code=code,
            provider_zh=zh,
            provider_en=en,
            theme=theme,
            sharing=chance.choices(list(Sharing), (55, 40, 5))[0],
            licence=LICENCE,
            terms="按申请用途使用",
            cadence=cadence,
            last_exchange=None if chance.random() < 0.02 else (now - age).replace(microsecond=0),
            row_count=round(10 ** chance.uniform(2, 7.5)),
            cross_border=CrossBorder.RESTRICTED if is_personal else CrossBorder.OPEN,
            privacy=DatasetPrivacy.PERSONAL
            if is_personal
            else chance.choice((DatasetPrivacy.PUBLIC, DatasetPrivacy.INTERNAL)),
            source_system_code=None,
            indicators=(),
            contact="数据联络专员",
        )


def officers() -> Iterator[DataOfficer]:
    """Yield who answers for the units; no made-up person has a telephone number that could be somebody's."""
    yield DataOfficer(OfficerLevel.CITY, EVERY_UNIT, "市首席数据官（虚构）", "虚构人甲", "")
    yield DataOfficer(OfficerLevel.EXECUTIVE, EVERY_UNIT, "首席数据执行官（虚构）", "虚构人乙", "")
    for number, (code, zh, _) in enumerate(units(), start=1):
        if number % WITHOUT_UNIT_OFFICER:
            yield DataOfficer(OfficerLevel.UNIT, code, f"{zh}首席数据官", f"虚构人{number:03}", "")
        if number % WITHOUT_LIAISON:
            yield DataOfficer(OfficerLevel.LIAISON, code, f"{zh}数据联络专员", f"虚构人{number + UNITS:03}", "")
