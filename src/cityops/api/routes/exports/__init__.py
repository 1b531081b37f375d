"""Files over HTTP: series, cases, alarms, devices and raw readings, with the filters of their lists, streamed.

Each stands at `/export/<what>`, in the format that `format` or `Accept` names; `/export/<what>.csv` is the same.
"""

from fastapi import APIRouter

from cityops.api.routes.exports import alarms, devices, events, packs, readings, series

router = APIRouter(prefix="/export", tags=["export"])
for _one in (series, events, alarms, devices, readings):
    router.include_router(_one.router)

__all__ = ["packs", "router"]
