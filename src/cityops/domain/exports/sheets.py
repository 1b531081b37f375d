"""The sheets that go out, column by column; a column keeps its name, and new ones come at the end."""

from cityops.domain.events.reported import ATTRIBUTES
from cityops.domain.exports.sheet import Column, ColumnType, Sheet

ZONE = "Asia/Shanghai"
_INT, _NUM, _BOOL, _TIME = ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.BOOLEAN, ColumnType.DATETIME

_ZONE = Column("time_zone", "时区", "Time zone", means="of all times of the row", nullable=False)
_EXPORTED = Column("exported_at", "导出时间", "Exported at", _TIME, means="when the file was begun", nullable=False)
_DISTRICT = (
    Column("district_code", "所属区代码", "District code", means="GB/T 2260", nullable=False),
    Column("district_name", "所属区", "District", nullable=False),
)
_REGION = (
    Column("region_code", "区域代码", "Region code", means="city and districts 6 digits, streets 9", nullable=False),
    Column("region_name", "区域名称", "Region", nullable=False),
)
_PLACE = (
    Column("lon", "经度", "Longitude", _NUM, "°", "WGS-84"),
    Column("lat", "纬度", "Latitude", _NUM, "°", "WGS-84"),
)
_PERIOD = (
    Column("period_start", "时段开始", "Period begins", _TIME, nullable=False),
    Column("period_end", "时段结束", "Period ends", _TIME, means="not with", nullable=False),
)
_CORRECTIONS = Column(
    "corrections", "更正编号", "Corrections", means="ids of the corrections behind the row, parted by spaces"
)
_FINISHED = Column("finished", "时段已结束", "Finished", _BOOL, means="no: the value still changes", nullable=False)

SERIES = Sheet(
    "series",
    "指标时间序列",
    "Indicators over time",
    (
        Column("indicator_code", "指标代码", "Indicator code", nullable=False),
        Column("indicator_name", "指标名称", "Indicator", nullable=False),
        *_REGION,
        *_PERIOD,
        _ZONE,
        Column("value", "数值", "Value", _NUM, means="unrounded, in `unit`; empty where nothing came, never 0"),
        Column("unit", "单位", "Unit", nullable=False),
        Column("coverage", "覆盖率", "Coverage", _NUM, means="readings that came over readings owed, 0 to 1"),
        Column("n", "样本数", "Readings", _INT, means="readings or cases behind the value", nullable=False),
        Column("source", "数据来源", "Source", means="the systems behind the value", nullable=False),
        _EXPORTED,
        _FINISHED,
        Column("numerator", "分子", "Numerator", _NUM, means="of a mean or ratio, where it is known"),
        Column("denominator", "分母", "Denominator", _NUM, means="of a mean or ratio, where it is known"),
        Column("quality", "质量标记", "Quality", means="corrected, flagged, withheld; else empty"),
        Column("definition_version", "口径版本", "Definition version", _INT, means="where it has versions"),
        _CORRECTIONS,
    ),
    ("indicator_code", "region_code", "period_start"),
)

READINGS = Sheet(
    "readings",
    "设备原始读数",
    "Raw readings of devices",
    (
        Column("device_code", "设备代码", "Device code", nullable=False),
        Column("device_name", "设备名称", "Device", nullable=False),
        Column("metric", "指标代码", "Metric code", nullable=False),
        Column("metric_name", "指标名称", "Metric", nullable=False),
        Column("unit", "单位", "Unit", nullable=False),
        *_REGION,
        Column("ts", "读数时间", "Time", _TIME, means="by the device's clock", nullable=False, fine=True),
        Column("value", "数值", "Value", _NUM, means="as it came, in `unit`", nullable=False),
        Column("quality", "质量代码", "Quality", _INT, means="0 good, 1 uncertain, 2 by hand", nullable=False),
        _ZONE,
        _EXPORTED,
    ),
    ("device_code", "metric", "ts"),
    "In pieces of time, the oldest first; of up to 2,000 series by device and metric in each, of more as kept.",
)

_LEVEL_MEANS = "0 none, 1 blue, 2 yellow, 3 orange, 4 red"


def _reported(attribute: str, title_en: str, type_: ColumnType = ColumnType.STRING, **more: object) -> Column:
    """Return the column of what a case's source reports, under the heading that `EventStep` declares for it."""
    heading = ATTRIBUTES[attribute].heading_zh
    assert heading is not None
    name = "source" if attribute == "source_system_code" else attribute
    return Column(name, heading, title_en, type_, **more)  # type: ignore[arg-type]  # fields of several types


EVENTS = Sheet(
    "events",
    "事件",
    "Cases",
    (
        Column("id", "事件编号", "Number", _INT, nullable=False),
        _reported("source_system_code", "Source system code", nullable=False),
        Column("source_name", "来源系统", "Source system", nullable=False),
        _reported("external_id", "Number at the source", means="numbers of persons masked", nullable=False),
        _reported("class_code", "Class code", nullable=False),
        Column("class_name", "类别名称", "Class", nullable=False),
        _reported("severity", "Severity code", nullable=False),
        Column("severity_name", "紧急程度", "Severity", nullable=False),
        _reported("status", "Status code", nullable=False),
        Column("status_name", "状态", "Status", nullable=False),
        Column("stage", "阶段代码", "Stage code", means="of the closed loop", nullable=False),
        Column("stage_name", "阶段", "Stage", nullable=False),
        _reported("title", "Title", means="names and numbers of persons masked", nullable=False),
        *_DISTRICT,
        _reported("region_code", "Region code", means="of the street or district", nullable=False),
        Column("region_name", "区域名称", "Region", nullable=False),
        _reported("address", "Address", means="masked"),
        _reported("lon", "Longitude", _NUM, unit="°", means="WGS-84"),
        _reported("lat", "Latitude", _NUM, unit="°", means="WGS-84"),
        _reported("occurred_at", "Occurred", _TIME, nullable=False),
        _reported("received_at", "Received", _TIME, nullable=False),
        Column("found_at", "发现时间", "Found", _TIME, means="first step of the stage"),
        Column("dispatched_at", "派单时间", "Assigned", _TIME, means="first step of the stage"),
        Column("handling_at", "处置时间", "In handling", _TIME, means="first step of the stage"),
        Column("closed_at", "办结时间", "Closed", _TIME, means="first step of the stage"),
        _reported("status_at", "Status since", _TIME, nullable=False),
        _ZONE,
        _EXPORTED,
        Column("drill", "演练", "Drill", means="演练 or drill where it is none of this world"),
    ),
    ("id",),
)

ALARMS = Sheet(
    "alarms",
    "告警",
    "Alarms",
    (
        Column("id", "告警编号", "Number", _INT, nullable=False),
        Column("rule_code", "规则代码", "Rule code", nullable=False),
        Column("rule_version", "规则版本", "Rule version", _INT, nullable=False),
        Column("rule_name", "规则名称", "Rule"),
        Column("alarm_class", "类别代码", "Class code", nullable=False),
        Column("priority", "优先级", "Priority", _INT, means="1 the most pressing", nullable=False),
        Column("level", "级别代码", "Level code", _INT, means=_LEVEL_MEANS, nullable=False),
        Column("level_name", "级别", "Level"),
        Column("worst_level", "最高级别代码", "Worst level code", _INT, means=_LEVEL_MEANS, nullable=False),
        Column("worst_level_name", "最高级别", "Worst level"),
        Column("metric", "指标代码", "Metric code"),
        Column("value_raised", "触发值", "Value at raising", _NUM, means="in the metric's unit"),
        Column("value_worst", "最劣值", "Worst value", _NUM, means="in the metric's unit"),
        Column("device_code", "设备代码", "Device code"),
        Column("device_name", "设备名称", "Device"),
        *_DISTRICT,
        *_REGION,
        *_PLACE,
        Column("onset", "起始时间", "Onset", _TIME, means="of the reading", nullable=False),
        Column("raised_at", "触发时间", "Raised", _TIME, nullable=False),
        Column("acknowledged_at", "确认时间", "Acknowledged", _TIME),
        Column("gone_at", "原因消失时间", "Cause gone", _TIME),
        Column("cleared_at", "解除时间", "Cleared", _TIME, means="empty: open"),
        Column("cleared_why", "解除原因代码", "Why cleared"),
        Column("quiet", "抑制方式代码", "Kept quiet", means="empty: it is heard"),
        Column("event_id", "关联事件编号", "Case", _INT),
        _ZONE,
        _EXPORTED,
        Column("drill", "演练", "Drill", means="演练 or drill where it is none of this world"),
    ),
    ("id",),
)

DEVICES = Sheet(
    "devices",
    "设备",
    "Devices",
    (
        Column("code", "设备代码", "Code", nullable=False),
        Column("name", "设备名称", "Name", nullable=False),
        Column("name_en", "设备英文名称", "English name", nullable=False),
        Column("kind", "设备类型代码", "Kind code", nullable=False),
        Column("kind_name", "设备类型", "Kind", nullable=False),
        Column("source", "来源系统代码", "Source system code", nullable=False),
        Column("source_name", "来源系统", "Source system", nullable=False),
        *_DISTRICT,
        *_REGION,
        *_PLACE,
        Column("expected_interval_s", "应报间隔（秒）", "Expected interval", _INT, "s", nullable=False),
        Column("last_seen", "最近上报时间", "Last seen", _TIME, means="empty: never heard of"),
        Column("clock_ahead_s", "时钟超前（秒）", "Clock ahead", _NUM, "s"),
        Column("freshness", "时效状态代码", "Freshness code", nullable=False),
        Column("freshness_name", "时效状态", "Freshness", nullable=False),
        Column("warning", "预警级别代码", "Warning code", _INT, means=_LEVEL_MEANS, nullable=False),
        Column("warning_name", "预警级别", "Warning"),
        Column("health", "设备自身预警级别代码", "Health code", _INT, means=_LEVEL_MEANS, nullable=False),
        Column("health_name", "设备自身预警级别", "Health"),
        _ZONE,
        _EXPORTED,
    ),
    ("code",),
)

RATES = Sheet(
    "rates",
    "案件处置指标",
    "Rates of handling",
    (
        Column("by", "分组方式", "Grouped by", nullable=False),
        Column("group", "分组代码", "Group code", nullable=False),
        Column("group_name", "分组名称", "Group", nullable=False),
        Column("measure", "指标代码", "Measure code", nullable=False),
        Column("measure_name", "指标名称", "Measure", nullable=False),
        Column("rate", "比率", "Rate", _NUM, means="empty where the denominator is 0"),
        Column("numerator", "分子", "Numerator", _INT, nullable=False),
        Column("denominator", "分母", "Denominator", _INT, nullable=False),
        Column("excused", "申诉通过数", "Excused", _INT, nullable=False),
        Column("is_small", "分母不足10", "Denominator below 10", _BOOL, nullable=False),
        Column("better", "优劣方向", "Which is better", nullable=False),
        Column("definition", "定义", "Definition", nullable=False),
        Column("basis", "依据", "Basis", nullable=False),
        *_PERIOD,
        _ZONE,
        Column("as_of", "统计时间", "As of", _TIME, nullable=False),
    ),
    ("group", "measure"),
)

SOURCES = Sheet(
    "sources",
    "来源系统",
    "Source systems",
    (
        Column("source", "来源系统代码", "Code", nullable=False),
        Column("source_name", "来源系统", "Source system", nullable=False),
        Column("department", "主管部门", "Department"),
        Column("data_officer", "数据责任人", "Data officer"),
        Column("carries", "传送内容", "Carries"),
        Column("expected_interval_s", "应报间隔(秒)", "Expected interval", _INT, "s"),
        Column("last_received_at", "最近收到时间", "Last received", _TIME),
        Column("freshness", "新鲜度代码", "Freshness code", nullable=False),
        Column("freshness_name", "新鲜度", "Freshness", nullable=False),
        Column("devices", "设备数", "Devices", _INT, nullable=False),
        Column("received", "累计收到", "Received", _INT, nullable=False),
        Column("stored", "累计入库", "Stored", _INT, nullable=False),
        Column("duplicate", "累计重复", "Duplicates", _INT, nullable=False),
        Column("rejected", "累计拒收", "Rejected", _INT, nullable=False),
        Column("received_today", "今日收到", "Received today", _INT, nullable=False),
        Column("rejected_today", "今日拒收", "Rejected today", _INT, nullable=False),
        Column("received_yesterday", "昨日收到", "Received yesterday", _INT, nullable=False),
        Column("rejected_yesterday", "昨日拒收", "Rejected yesterday", _INT, nullable=False),
        _ZONE,
        _EXPORTED,
    ),
    ("source",),
)

SHEETS = (SERIES, EVENTS, ALARMS, DEVICES, READINGS, RATES, SOURCES)
"""All of them, in their order of display."""

_OF_WIDE = {"region": _REGION, "period": (*_PERIOD, _ZONE), "end": (_FINISHED, _EXPORTED, _CORRECTIONS)}


def wide(values: tuple[Column, ...], *, by_region: bool) -> Sheet:
    """Return the sheet of series side by side: a row for each period, and with `by_region` for each region of it.

    `values` are the columns of the indicators, or of the regions.
    """
    region = _OF_WIDE["region"] if by_region else ()
    key = ("region_code", "period_start") if by_region else ("period_start",)
    return SERIES.with_columns((*region, *_OF_WIDE["period"], *values, *_OF_WIDE["end"]), key)
