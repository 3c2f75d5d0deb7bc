"""The array types of the problem and the program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Indices = NDArray[np.int64]


Flags = NDArray[np.bool_]


Words = NDArray[np.str_]
