"""What the air quality index is made of: pollutants, averaging times, and items, which are both together."""

from enum import StrEnum
from typing import NamedTuple


class Pollutant(StrEnum):
    """One of the six basic pollutants (GB 3095 table 1), by the code of its metric; in the order of HJ 633-2026."""

    name_zh: str
    name_en: str
    unit: str
    decimals: int
    """To which its concentrations are rounded before the index is computed (HJ 633-2026, 4.2.2)."""

    def __new__(cls, code: str, name_zh: str, name_en: str, unit: str = "µg/m³", decimals: int = 0) -> "Pollutant":
        """Make a member whose value is the metric's code; names, unit and decimals ride along."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.name_zh, member.name_en, member.unit, member.decimals = name_zh, name_en, unit, decimals
        return member

    SO2 = "so2", "二氧化硫", "SO2"
    NO2 = "no2", "二氧化氮", "NO2"
    CO = "co", "一氧化碳", "CO", "mg/m³", 1
    O3 = "o3", "臭氧", "O3"
    PM10 = "pm10", "可吸入颗粒物", "PM10"
    PM25 = "pm25", "细颗粒物", "PM2.5"


class Averaging(StrEnum):
    """Over how long a concentration is averaged."""

    HOUR = "1h"
    EIGHT_HOURS = "8h"
    DAY = "24h"


class AirItem(NamedTuple):
    """A pollutant with its averaging time: a column of the table of breakpoints, an item of a report (指标)."""

    pollutant: Pollutant
    averaging: Averaging

    @property
    def code(self) -> str:
        """Return its name in answers and tables, such as `o3_8h`."""
        return f"{self.pollutant}_{self.averaging}"


SO2_1H, SO2_24H = AirItem(Pollutant.SO2, Averaging.HOUR), AirItem(Pollutant.SO2, Averaging.DAY)
NO2_1H, NO2_24H = AirItem(Pollutant.NO2, Averaging.HOUR), AirItem(Pollutant.NO2, Averaging.DAY)
CO_1H, CO_24H = AirItem(Pollutant.CO, Averaging.HOUR), AirItem(Pollutant.CO, Averaging.DAY)
O3_1H, O3_8H = AirItem(Pollutant.O3, Averaging.HOUR), AirItem(Pollutant.O3, Averaging.EIGHT_HOURS)
PM10_1H, PM10_24H = AirItem(Pollutant.PM10, Averaging.HOUR), AirItem(Pollutant.PM10, Averaging.DAY)
PM25_1H, PM25_24H = AirItem(Pollutant.PM25, Averaging.HOUR), AirItem(Pollutant.PM25, Averaging.DAY)
