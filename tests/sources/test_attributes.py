"""Columns of foreign tables: alternatives row by row, numbers as the French write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cadastre.sources.attributes import number_column, number_of, text_column


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 250,5", 1250.5), ("1\u00a0250,5", 1250.5), ("1\u202f250\u202f000", 1250000.0),
     ("12,5 m", 12.5), ("1.250,5", 1250.5), ("-3", -3.0), ("120 m2", 120.0), ("1e3", 1000.0),
     ("2 à 3", np.nan), ("R+2", np.nan), ("12 34", np.nan)],
)  # fmt: skip
def test_numbers_as_the_french_write_them(text, value):
    assert number_of(text) == pytest.approx(value, nan_ok=True)


def test_rows_are_filled_from_the_alternatives_in_order():
    frame = pd.DataFrame({"a": ["1", None, "", None], "b": ["9", "2 m", "3,5", None]})
    assert text_column(frame, ("a", "b")).tolist()[:3] == ["1", "2 m", "3,5"]
    assert text_column(frame, ("a", "b")).isna().tolist() == [False, False, False, True]
    np.testing.assert_array_equal(number_column(frame, ("x", "a", "b")), [1.0, 2.0, 3.5, np.nan])
