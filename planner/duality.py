"""What dual prices prove about a linear program, whatever they are (weak duality).

    c x ≥ Σ_i max(y_i, 0) l_i + min(y_i, 0) m_i + Σ_j max(0, (c - A^T y)_j) a_j + min(0, (c - A^T y)_j) u_j

l, m  least and most of a row    a, u  least and most of a column    y  prices; 0 where a side is infinite
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]


def proved(
    prices: Floats,
    matrix: sparse.csr_array | sparse.csc_array,
    rows: tuple[Floats, Floats],
    cost: Floats,
    columns: tuple[Floats, Floats],
) -> float:
    """Return the bound of a program that is minimised; arithmetic is in floating point.

    Parameters
    ----------
    prices
        Shape (rows,).
    matrix
        Sparse, shape (rows, columns).
    rows, columns
        Least and most of each; those of columns are finite.

    """
    least, most = rows
    prices = np.where(np.isfinite(least), prices, np.minimum(prices, 0.0))
    prices = np.where(np.isfinite(most), prices, np.maximum(prices, 0.0))
    sides = np.where(prices > 0, least, np.where(prices < 0, most, 0.0))
    reduced = cost - matrix.T @ prices
    return float(prices @ sides + np.minimum(reduced, 0.0) @ columns[1] + np.maximum(reduced, 0.0) @ columns[0])
