"""The mode in the state of a region, its district's own or the city's, and the limits that judge meanwhile."""

from cityops.api import schemas
from cityops.api.state.city import Here, Moment
from cityops.domain.alarms.judging import judged_in
from cityops.domain.metrics import WarningLevel
from cityops.domain.modes.modes import ModeKind, holding
from cityops.domain.modes.roster import watch


def mode_state(moment: Moment, here: Here) -> schemas.ModeState:
    """Compose what holds in a region at this tick."""
    found = holding(moment.modes, here.region.code)
    if found is None:
        return schemas.ModeState(kind=ModeKind.NORMAL)
    told = {name: getattr(found, name) for name in schemas.ModeState.model_fields}
    return schemas.ModeState(**told)


def roster_state(moment: Moment, here: Here) -> schemas.RosterOut | None:
    """Compose who is on duty in a region at this tick, without numbers; None where there is no roster at all."""
    if moment.duties is None:
        return None
    mode = holding(moment.modes, here.region.code)
    kind = ModeKind.NORMAL if mode is None else mode.kind
    found = watch(moment.duties, here.region.code, kind, moment.at)
    return schemas.RosterOut.of(found, drill=mode is not None and mode.drill)


def limits_in_force(moment: Moment, metric: str, region: str) -> schemas.LimitsInForce | None:
    """Return the thresholds that judge a metric in a region at this tick; None where they are its own."""
    rule = next((one for one in moment.in_modes if one.metric == metric and one.as_metric), None)
    mode = None if rule is None else judged_in(rule, moment.modes, region)
    if rule is None or mode is None:
        return None
    limits = {limit.level: limit.value for limit in rule.limits_in(mode.kind)}
    return schemas.LimitsInForce(
        kind=mode.kind,
        title_zh=mode.title_zh,
        title_en=mode.title_en,
        thresholds=[limits.get(level) for level in WarningLevel if level],
        basis_zh=rule.modes_basis.zh,
        basis_en=rule.modes_basis.en,
        basis_mark=rule.modes_basis_mark,
    )
