"""How a parameter is declared: typed, with unit, range, source and date; never a bare number."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, TypeVar

from cadastre.errors import ParameterError


@dataclass(frozen=True)
class Quantity:
    """What is known of one parameter besides its value."""

    unit: str
    text: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    source: str
    free_length: bool = False


def quantity(
    default: Any,
    unit: str,
    text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    source: str = "choix du projet",
    free_length: bool = False,
) -> Any:
    """Declare a field of a parameter group.

    ``text`` and ``source`` are French: they make the parameters page and the default TOML.
    ``low`` and ``high`` bound numbers (each entry of a tuple of numbers), both included. A list
    keeps the length of its default (months, kinds of roof...) unless ``free_length``.
    """
    note = Quantity(unit, text, low, high, choices, source, free_length)
    return dataclasses.field(default=default, metadata={"quantity": note})


class Group:
    """Base of the frozen dataclasses of parameters; checks every value at creation."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            _check(_table(type(self)), field, getattr(self, field.name))


def _table(kind: type[Group]) -> str:
    """Name of the TOML table of a group: that of its module (one module a group)."""
    return kind.__module__.rpartition(".")[2]


def _check(group: str, field: dataclasses.Field[Any], value: Any) -> None:
    note: Quantity = field.metadata["quantity"]
    expected = type(field.default)
    fits = isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
    if not fits:
        raise ParameterError(
            "parameter_type", group=group, name=field.name, value=value, kind=expected.__name__
        )
    if note.choices and value not in note.choices:
        raise ParameterError(
            "parameter_choice", group=group, name=field.name, value=value, choices=note.choices
        )
    default: Any = field.default
    if isinstance(value, tuple) and not note.free_length and len(value) != len(default):
        raise ParameterError(
            "parameter_length",
            group=group,
            name=field.name,
            count=len(value),
            expected=len(default),
        )
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, bool) or not isinstance(number, int | float):
            continue
        below = note.low is not None and not number >= note.low
        above = note.high is not None and not number <= note.high
        if below or above or number != number:
            raise ParameterError(
                "parameter_range",
                group=group,
                name=field.name,
                value=number,
                low=note.low,
                high=note.high,
                unit=note.unit,
            )


GroupType = TypeVar("GroupType", bound=Group)


def group_from_mapping(kind: type[GroupType], group: str, values: dict[str, Any]) -> GroupType:
    """Build a group from TOML values; unknown keys are refused by name.

    Whole numbers are accepted where a float stands, lists where a tuple stands.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise ParameterError("parameter_unknown", group=group, names=unknown, known=sorted(fields))
    cast = {name: _cast(fields[name].default, value) for name, value in values.items()}
    return kind(**cast)


def _cast(default: Any, value: Any) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        sample = default[0] if default else None
        return tuple(_cast(sample, item) for item in value)
    return value


def group_key(*groups: Group) -> str:
    """Fingerprint of the values of some groups, for stage keys: 16 hexadecimal digits."""
    values = [
        [type(group).__name__, dataclasses.asdict(group)]  # type: ignore[call-overload]
        for group in groups
    ]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
