"""What the API tells of the standby that it asks: how old answers may be for its sake, and figures for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops.store.standby import Standby

TOLD_S = 1.0
"""From this on an answer's age is told, in whole seconds as its header has it."""


class Aged:
    """Adds `Age` (RFC 9111, 5.1) to answers while the standby answers alone and may lack what came last."""

    def __init__(self, app: ASGIApp, standby: Standby) -> None:
        self.app, self.standby = app, standby

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and say how old its answer may be."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            is_answer = message["type"] == "http.response.start" and message["status"] < 400
            if is_answer and (age := self.standby.age_s()) >= TOLD_S:
                MutableHeaders(scope=message)["Age"] = str(int(age))
            await send(message)

        await self.app(scope, receive, telling)


class StandbyFigures(Collector):
    """How far the standby is behind, and whether it is asked."""

    def __init__(self, standby: Standby) -> None:
        self._standby = standby

    def describe(self) -> list[Metric]:
        """Return nothing: both are made anew each time."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield both as they are now."""
        behind = self._standby.behind_s()
        if behind is not None:
            told = "How long ago at most the standby had all that was committed"
            yield GaugeMetricFamily("cityops_standby_behind_seconds", told, value=behind)
        asked = GaugeMetricFamily("cityops_standby_asked", "Whether questions go to the standby now")
        asked.add_metric([], self._standby.is_asked())
        yield asked
