"""How often the dashboard may be asked: strangers per address, files per viewer, callbacks per credential.

Pages and streams are not counted.
"""

from fastapi import Request

from cityops.rates import Buckets, address_of
from cityops_dashboards.access import viewer
from cityops_dashboards.access.paths import UNCOUNTED
from cityops_dashboards.access.viewer import Viewer


class Rates:
    """The dashboard's buckets. Whoever shows a cookie of ours is not counted: no wall may wait for its neighbours.

    What such a cookie is worth is asked of the API, which counts unknown tokens by the browser's address.
    """

    def __init__(self) -> None:
        self.strangers = Buckets(rate=20, burst=200)
        self.files = Buckets(rate=0.5, burst=30)
        self.callbacks = Buckets(rate=10, burst=300)  # a hundred walls of one address that come back at once

    def wait_of_stranger(self, request: Request) -> int:
        """Count a request without a cookie; return 0, or after how many seconds it may be made again."""
        if request.url.path.startswith(UNCOUNTED) or request.app.state.cookies.tokens(request):
            return 0
        return self.strangers.wait(address_of(request.scope))

    def wait_for_file(self, viewer: Viewer) -> int:
        """Count a file for a viewer, all screens together; return 0, or after how many seconds there may be one."""
        return self.files.wait(f"{viewer.kind} {viewer.subject.name}")

    def wait_for_callback(self) -> int:
        """Count a callback for the viewer of this request; return 0, or after how many seconds there may be one."""
        return self.callbacks.wait(viewer.key())
