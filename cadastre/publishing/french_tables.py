"""Tables translated for those outside: French column names, percentages, words for codes.

The dictionary (``cadastre.schema.COLUMNS``) names each column once in French; a name that ends in
``_pct`` holds a percentage (0-100) where the inside holds a ratio (0-1). Codes become the labels
of ``texts_fr.reasons``. Values are rounded to what they can bear, so that files stay readable.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from cadastre.publishing.texts_fr.reasons import KEPT_CODES, KINDS, causes_text, text_of
from cadastre.schema import COLUMNS, Column

# decimals by unit of the dictionary; other units keep four
DECIMALS = {
    "kWh/an": 1, "kWh": 1, "kWh/m²/an": 1, "kWh/m²": 2, "kWh/kWc": 1, "kWc": 3, "m²": 2,
    "m": 2, "°": 1, "m/m": 4, "1/m²": 1, "€": 2, "€/an": 2, "kg": 1, "kg/an": 1,
}  # fmt: skip
CAUSES = "uncertainty_causes"
OTHER_DECIMALS = 4
PERCENT_DECIMALS = 1
_COUNTS = {column.french for name, column in COLUMNS.items() if name.endswith("_count")}


def french_name(name: str) -> str:
    """Return the published name of a column; a name outside the dictionary stays as it is."""
    column = COLUMNS.get(name)
    return column.french if column else name


def decimals_of(column: Column) -> int:
    """Return the decimals a column is published with."""
    if column.french.endswith("_pct"):
        return PERCENT_DECIMALS
    return DECIMALS.get(column.unit, OTHER_DECIMALS)


def french_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with French names, labels, percentages and rounded figures.

    Lists stay lists (of rounded floats, None where missing); the geometry column, if any, keeps
    its name and place. The frame is not modified.
    """
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        values = frame[name]
        column = COLUMNS.get(name)
        if name == "geometry":
            columns[name] = values
        elif name in KINDS and name not in KEPT_CODES:
            columns[french_name(name)] = _labels(name, values)
        elif column is None:
            columns[name] = values
        elif name == CAUSES:
            columns[column.french] = values.map(causes_text, na_action="ignore")
        elif column.dtype.startswith("list"):
            columns[column.french] = _lists(values, decimals_of(column))
        elif column.dtype == "float64":
            scale = 100.0 if column.french.endswith("_pct") else 1.0
            numbers = values.astype("float64") * scale
            columns[column.french] = numbers.round(decimals_of(column)) + 0.0
        else:
            columns[column.french] = values
    return pd.DataFrame(columns, index=frame.index)


def _labels(name: str, values: pd.Series) -> pd.Series:
    words = [None if pd.isna(code) else text_of(name, str(code)).label for code in values]
    return pd.Series(words, index=values.index, dtype="object")


def _lists(values: pd.Series, decimals: int) -> pd.Series:
    rounded = [
        None
        if item is None or np.ndim(item) == 0
        else [
            None if np.isnan(x) else round(float(x), decimals) + 0.0
            for x in np.asarray(item, np.float64)
        ]
        for item in values
    ]
    return pd.Series(rounded, index=values.index, dtype="object")


def flat_lists(frame: pd.DataFrame, *, french: bool = False) -> pd.DataFrame:
    """Return a French table where formats without lists can hold it.

    Monthly lists (names ending in ``_mois``) become twelve columns ``_01`` to ``_12``; other
    lists become JSON text, or with ``french`` numbers with a decimal comma between bars
    (``13,05|13,95``), and columns of whole numbers lose their decimals.
    """
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        values = frame[name]
        if name == "geometry" or values.dtype != object or not _holds_lists(values):
            columns[name] = _whole(values) if french else values
        elif name.endswith("_mois"):
            for month in range(12):
                entries = [
                    None if item is None or len(item) != 12 else item[month] for item in values
                ]
                columns[f"{name}_{month + 1:02d}"] = pd.Series(
                    entries, index=values.index, dtype="float64"
                )
        else:
            written = _between_bars if french else json.dumps
            texts = [None if item is None else written(item) for item in values]
            columns[name] = pd.Series(texts, index=values.index, dtype="object")
    return pd.DataFrame(columns, index=frame.index)


def _between_bars(item: list[float | None]) -> str:
    """Numbers as a French spreadsheet reads them, missing ones empty."""
    return "|".join("" if x is None else repr(x).replace(".", ",") for x in item)


def _whole(values: pd.Series) -> pd.Series:
    """Return counts that are floats only because some are missing as integers."""
    if values.name not in _COUNTS or values.dtype != np.float64:
        return values
    known = values.dropna()
    return values.astype("Int64") if (known == known.round()).all() else values


def _holds_lists(values: pd.Series) -> bool:
    return any(isinstance(item, list) for item in values)
