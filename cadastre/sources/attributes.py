"""Columns of foreign tables as text or numbers, filled row by row from their alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

# A number, then at most a unit: ``12,5 m``, ``120 m2``, ``35 %``.
_NUMBER = re.compile(
    r"\s*([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*(?:(?:[^\W\d_]+[.²³23]?|%)(?:\W\D*)?)?"
)
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009](?=\d{3}(?!\d))")


def text_column(frame: pd.DataFrame, names: Iterable[str]) -> pd.Series:
    """Take, row by row, the first named column that is filled, as stripped text; NA if none."""
    out = pd.Series(pd.NA, index=frame.index, dtype="string")
    for name in names:
        if name in frame.columns:
            values = frame[name]
            if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
                values = values.astype("Int64")
            text = values.astype("string").str.strip()
            out = out.fillna(text.mask(text == ""))
    return out


def number_column(frame: pd.DataFrame, names: Iterable[str]) -> pd.Series:
    """Float64 of the first of the named columns that holds a number, row by row; NaN if none.

    Numbers are read as the French write them: ``1 250,5`` is 1250.5, ``12,5 m`` is 12.5. What is
    no single number (``2 à 3``) is NaN.
    """
    out = pd.Series(np.nan, index=frame.index, dtype="float64")
    for name in names:
        if name in frame.columns:
            values = frame[name]
            if not pd.api.types.is_numeric_dtype(values):
                texts = values.astype("string")
                read = {text: number_of(text) for text in texts.dropna().unique()}
                values = texts.map(read).astype("float64")
            numbers = pd.to_numeric(values, errors="coerce").astype("float64")
            out = out.fillna(numbers.where(np.isfinite(numbers.to_numpy())))
    return out


def number_of(text: str) -> float:
    """Read one number, NaN where there is none; the last of point and comma is the decimal one."""
    plain = _THOUSANDS.sub("", text)
    if "," in plain and "." in plain:
        thousands = "." if plain.rfind(",") > plain.rfind(".") else ","
        plain = plain.replace(thousands, "")
    found = _NUMBER.fullmatch(plain.replace(",", "."))
    return float(found[1]) if found else float("nan")
