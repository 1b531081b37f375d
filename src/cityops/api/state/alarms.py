"""Open alarms in the state of a region: how many of each level, and the gravest of each child region."""

from collections.abc import Iterable

from cityops.api import schemas
from cityops.api.state.city import Here, Moment
from cityops.domain.metrics import WarningLevel
from cityops.domain.regions import holds
from cityops.store.alarms.queries import OpenTally


def alarms_state(moment: Moment, here: Here) -> schemas.AlarmsState:
    """Compose the open alarms of a region from what was counted at this tick."""
    inside = _in(moment.alarms, here.region.code)
    count = {level: sum(one.n for one in inside if one.level == level) for level in WarningLevel}
    return schemas.AlarmsState(
        red=count[WarningLevel.RED],
        orange=count[WarningLevel.ORANGE],
        yellow=count[WarningLevel.YELLOW],
        blue=count[WarningLevel.BLUE],
        unacknowledged=sum(one.unacknowledged for one in inside),
        regions=[_child(child.code, _in(moment.alarms, child.code)) for child in here.children],
    )


def _in(tallies: Iterable[OpenTally], code: str) -> list[OpenTally]:
    return [one for one in tallies if holds(code, one.region_code)]


def _child(code: str, tallies: list[OpenTally]) -> schemas.RegionAlarms:
    return schemas.RegionAlarms(
        code=code, open=sum(one.n for one in tallies), worst=max((one.level for one in tallies), default=0)
    )
