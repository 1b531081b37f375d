"""Metrics: which tell of the device itself, not of what it measures; and what thresholds rest on in Chinese too."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_metric_health"
down_revision = "2026_11_26_clocks_ahead"

BASIS_ZH = {
    "pm25": "HJ 633-2026 空气质量分指数 100/150/200/300",
    "pm10": "HJ 633-2026 空气质量分指数 100/150/200/300",
    "no2": "HJ 633-2026 1小时浓度限值",
    "o3": "HJ 633-2026 1小时浓度限值",
    "so2": "HJ 633-2026 1小时浓度限值",
    "co": "HJ 633-2026 1小时浓度限值",
    "air_temperature": "广东省高温预警信号",
    "wind_speed": "蒲福风级6/8/10/12级",
    "noise_leq": "GB 3096-2008 4a类昼间限值及 +3/+5/+10",
    "river_level_above_warning": "广州市汛期惯例",
    "rain_intensity": "实测极值 120.6 mm/h（2020-06-07）",
    "rain_3h": "广东省暴雨橙色/红色预警信号",
    "water_depth": "GB 51222 车道积水限值 15 cm；下穿通道 27 cm 封闭",
    "cover_tilt": "倾角超过15度视为开启",
    "cover_clearance": "井盖下 0.3 m",
    "traffic_speed": "GB/T 33171-2016 主干路分级",
    "traffic_index": "GB/T 33171-2016",
    "gas_lel": "GB 15322 报警区间",
    "dust_pm10": "HJ 633-2026 PM10限值",
    "site_noise": "GB 12523 昼间限值 70 dB(A)",
    "crowd_load": "占核定承载量的比例",
    "power_load_ratio": "占额定容量的比例",
    "voltage": "GB/T 12325 220 V +7/-10 %",
    "battery_voltage": "锂电池",
}
"""What the reference data say; a metric of the operator's own keeps its one wording in both."""


def upgrade() -> None:
    """Mark the batteries, and give each basis in both languages."""
    op.alter_column("metric", "basis", new_column_name="basis_en")
    op.add_column("metric", sa.Column("basis_zh", sa.Text, nullable=False, server_default=""))
    op.add_column("metric", sa.Column("health", sa.Boolean, nullable=False, server_default=sa.false()))
    metric = sa.table("metric", sa.column("code"), sa.column("basis_zh"), sa.column("basis_en"), sa.column("health"))
    op.execute(metric.update().values(basis_zh=metric.c.basis_en))
    for code, basis in BASIS_ZH.items():
        op.execute(metric.update().where(metric.c.code == code).values(basis_zh=basis))
    op.execute(metric.update().where(metric.c.code == "battery_voltage").values(health=True))


def downgrade() -> None:
    """Keep the English basis alone."""
    op.drop_column("metric", "health")
    op.drop_column("metric", "basis_zh")
    op.alter_column("metric", "basis_en", new_column_name="basis")
