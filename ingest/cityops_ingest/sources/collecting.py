"""Has Python look for cycles as seldom as a worker needs it to, whatever source it takes from."""

import gc

_COLLECT_SELDOM = (200_000, 20, 100)
"""Python looks for cycles after so many new objects. A batch makes tens of thousands and not one cycle: at the usual
700, a third of the decoding would go into looking."""


def collect_seldom() -> None:
    """Set how often this process looks for cycles."""
    gc.set_threshold(*_COLLECT_SELDOM)
