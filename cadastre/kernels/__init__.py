"""Numerical kernels: numpy, numba and math only; arrays and scalars in, NaN for "no answer"."""
