"""The kinds of array that problem and program are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Indices = NDArray[np.int64]


Flags = NDArray[np.bool_]


Words = NDArray[np.str_]
