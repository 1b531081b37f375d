"""Arrays of Arrow out of numbers and texts as they lie in memory.

`pyarrow.array` and `pyarrow.scalar` would do so too, but load pandas where that is installed, to ask whether they
were given something of it: 50 MB in a process that needs none of it.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def number_array(numbers: NDArray[Any]) -> "pa.Array":
    """Return numbers as an array of the same width, none of them missing; it stands on their memory."""
    import pyarrow as pa

    held = np.ascontiguousarray(numbers)
    return pa.Array.from_buffers(pa.from_numpy_dtype(held.dtype), len(held), [None, pa.py_buffer(held)])


def text_array(texts: Sequence[str]) -> "pa.Array":
    """Return texts as an array, none of them missing."""
    import pyarrow as pa

    written = [text.encode() for text in texts]
    ends = np.fromiter(accumulate(map(len, written), initial=0), np.int32, len(written) + 1)
    return pa.StringArray.from_buffers(len(written), pa.py_buffer(ends), pa.py_buffer(b"".join(written)))
