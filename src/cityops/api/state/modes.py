"""The mode in the state of a region: its district's own, or the city's."""

from cityops.api import schemas
from cityops.api.state.city import Here, Moment
from cityops.domain.modes.modes import ModeKind, holding


def mode_state(moment: Moment, here: Here) -> schemas.ModeState:
    """Compose what holds in a region at this tick."""
    found = holding(moment.modes, here.region.code)
    if found is None:
        return schemas.ModeState(kind=ModeKind.NORMAL)
    told = {name: getattr(found, name) for name in schemas.ModeState.model_fields}
    return schemas.ModeState(**told)
