"""One dictionary for tables: columns, tables, validation where tables change hands."""

from cadastre.schema.columns import COLUMNS, Column
from cadastre.schema.tables import TABLES, Table, conform, faults, validate

__all__ = ["COLUMNS", "TABLES", "Column", "Table", "conform", "faults", "validate"]
