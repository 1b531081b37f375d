"""What a part tells Prometheus, read from its own port."""

import re
from urllib.request import urlopen

from cityops.errors import CityopsError


class Told:
    """The metrics of a part on this machine."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/metrics"

    def __call__(self, name: str) -> float:
        """Return the value of a metric now.

        Raises
        ------
        CityopsError
            There is no such metric.
        """
        with urlopen(self._url, timeout=10) as answer:  # noqa: S310 - the address is ours
            text = answer.read().decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        if not found:
            raise CityopsError(f"the part at {self._url} does not tell {name}")
        return float(found[1])
