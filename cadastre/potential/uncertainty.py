"""How sure the yearly figures are: a budget by cause, P90, and what adds up between roofs.

Each cause has a relative standard deviation per plane; causes are independent of each other. The
error of one cause is partly the same on all planes of a building and on all buildings of a
territory (weather, source), partly its own (geometry): the shared part adds up linearly, the
rest in quadrature, so that geometry averages out over a territory and weather does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cadastre import parameters
from cadastre.exchange import PlaneIrradiation, WeatherSeries
from cadastre.potential.plane_yield import PITCHED
from cadastre.potential.pv_yield import RACKS, YieldTable

CAUSES = (
    "interannual", "source", "transposition", "plane_fit", "shading", "losses", "usable_area",
)  # fmt: skip
YIELD_CAUSES = CAUSES[:-1]
_SOURCES = ("lod2", "lidar", "dsm", "assumed")
_BUILDING, _TERRITORY = 0, 1


def plane_budget(
    planes: pd.DataFrame,
    irradiation: PlaneIrradiation,
    weather: WeatherSeries,
    table: YieldTable,
    budget: parameters.Uncertainty,
) -> pd.DataFrame:
    """Relative standard deviation of the yearly figure of each plane, by cause.

    Parameters
    ----------
    planes
        surface_tilt, surface_azimuth, area_sloped_m2, plane_source, fit_rmse_m, module_count;
        layout, module_tilt, module_azimuth of the modules (racks are judged by their own plane,
        not by the level roof under them); and, where known, vegetation_share and explained_share
        of the building (NaN or absent: none, all).
    irradiation
        Of the same planes, in the same order.
    weather, table
        Of their weather cell: origin, number of years; sensitivity to tilt and azimuth.
    budget
        The table of the parameters.

    Returns
    -------
    pandas.DataFrame
        One column a cause of ``CAUSES``, on the index of ``planes``; ``usable_area`` weighs on
        kWh only, the others on kWh/kWp too.
    """
    kind = _source_rank(planes)
    faces = _Faces.of(planes)
    rise = np.sin(np.radians(faces.tilt)) / np.sin(np.radians(budget.transposition_tilt_deg))
    origin_error = budget.source_embedded if weather.origin == "embedded" else budget.source
    columns = {
        "interannual": _interannual(irradiation, weather, budget),
        "source": np.full(len(planes), origin_error),
        "transposition": budget.transposition * rise,
        "plane_fit": _plane_fit(planes, faces, kind, table, budget),
        "shading": _shading(planes, irradiation, budget),
        "losses": np.full(len(planes), budget.losses),
        "usable_area": _usable_area(planes, kind, budget),
    }
    return pd.DataFrame(columns, index=planes.index)[list(CAUSES)]


def _source_rank(planes: pd.DataFrame) -> NDArray[np.int64]:
    rank = pd.Index(_SOURCES).get_indexer(planes["plane_source"].astype(str))
    return np.where(rank < 0, len(_SOURCES) - 1, rank)


def _column(planes: pd.DataFrame, name: str, missing: float) -> NDArray[np.float64]:
    if name not in planes.columns:
        return np.full(len(planes), missing)
    return planes[name].astype("float64").fillna(missing).to_numpy()


def _interannual(
    irradiation: PlaneIrradiation, weather: WeatherSeries, budget: parameters.Uncertainty
) -> NDArray[np.float64]:
    """Spread of the plane's own years where there are enough of them, else the parameter."""
    years = irradiation.by_year
    stated = np.full(len(years), budget.interannual)
    if weather.typical_year or years.ndim < 2 or years.shape[1] < budget.interannual_min_years:
        return stated
    mean = years.mean(axis=1)
    spread = years.std(axis=1, ddof=1) / np.where(mean > 0, mean, 1.0)
    return np.where(np.isfinite(spread) & (mean > 0), spread, stated)


@dataclass(frozen=True)
class _Faces:
    """Orientation of what receives the light: the plane, or its racks (one face or two)."""

    tilt: NDArray[np.float64]
    azimuth: NDArray[np.float64]
    racked: NDArray[np.bool_]
    paired: NDArray[np.bool_]

    @classmethod
    def of(cls, planes: pd.DataFrame) -> _Faces:
        layout = planes["layout"].fillna(PITCHED).to_numpy().astype(str)
        racked = layout != PITCHED
        tilt = np.where(racked, planes["module_tilt"], planes["surface_tilt"]).astype(float)
        azimuth = np.where(racked, planes["module_azimuth"], planes["surface_azimuth"])
        azimuth = np.where(np.isnan(azimuth.astype(float)), 180.0, azimuth).astype(float)
        return cls(tilt, azimuth, racked, layout == RACKS[1])

    def year(
        self, table: YieldTable, steeper: ArrayLike, turned: ArrayLike
    ) -> NDArray[np.float64]:
        """Free irradiation with the roof tilted and turned by so much, degrees; mean of faces.

        A roof that leans makes one face of back-to-back racks steeper and the other flatter; a
        face that leans past the horizontal looks the other way.
        """
        total = np.zeros(len(self.tilt))
        for side, sign in ((0.0, 1.0), (180.0, -1.0)):
            there = np.where(self.paired, sign, 1.0)
            tilt = self.tilt + there * steeper
            azimuth = self.azimuth + np.where(self.paired, side, 0.0) + turned
            azimuth = np.where(tilt < 0.0, azimuth + 180.0, azimuth)
            total += table.unshaded_year(np.minimum(np.abs(tilt), 90.0), azimuth) / 2.0
        return total


def _plane_fit(
    planes: pd.DataFrame,
    faces: _Faces,
    kind: NDArray,
    table: YieldTable,
    budget: parameters.Uncertainty,
) -> NDArray[np.float64]:
    """Effect on the free irradiation of errors of tilt and of azimuth, root mean square.

    The fit adds to the tilt error of the source: residuals over a square plane of side L with n
    independent points give a slope error of rmse sqrt(12 / n) / L. Racks lean with the roof they
    stand on; they are turned as they were set, whatever the azimuth read on a level roof.
    """
    area = np.maximum(planes["area_sloped_m2"].to_numpy(np.float64), 0.5)
    points = np.maximum(area * budget.fit_points_per_m2, 3.0)
    residual = _column(planes, "fit_rmse_m", 0.0)
    slope = np.degrees(residual * np.sqrt(12.0 / points) / np.sqrt(area))
    tilt_error = np.hypot(np.array(budget.tilt_error_deg)[kind], slope)
    azimuth_error = np.hypot(np.array(budget.azimuth_error_deg)[kind], slope)
    azimuth_error = np.where(faces.racked, budget.rack_azimuth_error_deg, azimuth_error)
    here = faces.year(table, 0.0, 0.0)
    squares = np.zeros(len(planes))
    for sign in (-1.0, 1.0):
        for there in (
            faces.year(table, sign * tilt_error, 0.0),
            faces.year(table, 0.0, sign * azimuth_error),
        ):
            squares += (there / here - 1.0) ** 2 / 2.0
    return np.sqrt(squares)


def _shading(
    planes: pd.DataFrame, irradiation: PlaneIrradiation, budget: parameters.Uncertainty
) -> NDArray[np.float64]:
    free = irradiation.unshaded.sum(axis=1)
    loss = 1.0 - irradiation.monthly.sum(axis=1) / np.where(free > 0, free, np.nan)
    loss = np.clip(np.nan_to_num(loss), 0.0, 1.0)
    kept = np.maximum(1.0 - loss, 0.1)
    trees = budget.shading_vegetation * _column(planes, "vegetation_share", 0.0)
    parts = (budget.shading_floor, budget.shading_of_loss * loss / kept, trees)
    return np.sqrt(sum(np.square(part) for part in parts))


def _usable_area(
    planes: pd.DataFrame, kind: NDArray, budget: parameters.Uncertainty
) -> NDArray[np.float64]:
    count = np.maximum(_column(planes, "module_count", 0.0), 1.0)
    unexplained = 1.0 - _column(planes, "explained_share", 1.0)
    parts = (
        np.array(budget.usable_area)[kind],
        budget.usable_area_modules / count,
        budget.usable_area_unexplained * unexplained,
    )
    return np.sqrt(sum(np.square(part) for part in parts))


def total_sigma(budget_table: pd.DataFrame, causes: tuple[str, ...] = CAUSES) -> pd.Series:
    """All causes together, relative: root of the sum of squares."""
    return np.sqrt((budget_table[list(causes)] ** 2).sum(axis=1, skipna=False))


def p90(
    median: ArrayLike, sigma: ArrayLike, budget: parameters.Uncertainty
) -> NDArray[np.float64]:
    """Value exceeded nine times in ten: median less 1.2816 standard deviations, never negative."""
    value = np.asarray(median, np.float64)
    return np.maximum(value * (1.0 - budget.p90_quantile * np.asarray(sigma, np.float64)), 0.0)


def building_budget(
    planes: pd.DataFrame, plane_table: pd.DataFrame, budget: parameters.Uncertainty
) -> pd.DataFrame:
    """Budget of each building from those of its planes, weighted by their energy.

    Parameters
    ----------
    planes
        building_id and annual_energy_kwh; planes without energy do not weigh.
    plane_table
        As :func:`plane_budget` returns it, on the index of ``planes``.

    Returns
    -------
    pandas.DataFrame
        Relative sigma by cause on the sorted building_id of buildings that have energy.
    """
    return _propagated(
        planes["annual_energy_kwh"], plane_table, planes["building_id"], budget, _BUILDING
    )


def group_budget(
    energy: pd.Series,
    building_table: pd.DataFrame,
    group: pd.Series,
    budget: parameters.Uncertainty,
) -> pd.DataFrame:
    """Budget of groups of buildings (communes, EPCI, whole) from those of the buildings.

    Parameters
    ----------
    energy
        annual_energy_kwh of buildings; NaN or 0 does not weigh.
    building_table
        Relative sigma by cause, on the same index (:func:`building_budget`).
    group
        Code of the group of each building, same index; NaN belongs to none.
    """
    return _propagated(energy, building_table, group, budget, _TERRITORY)


def _propagated(
    energy: pd.Series,
    table: pd.DataFrame,
    group: pd.Series,
    budget: parameters.Uncertainty,
    level: int,
) -> pd.DataFrame:
    """Relative sigma by cause of sums: shared parts add linearly, own parts in quadrature."""
    weight = energy.astype("float64").to_numpy()
    keep = np.isfinite(weight) & (weight > 0) & group.notna().to_numpy()
    code, names = pd.factorize(group[keep], sort=True)
    weight = weight[keep]
    total = np.bincount(code, weight, minlength=len(names))
    out = {}
    for cause in CAUSES:
        sigma = table[cause].to_numpy(np.float64)[keep] * weight
        shared = getattr(budget, f"{cause}_shared")[level]
        linear = np.bincount(code, sigma, minlength=len(names))
        squares = np.bincount(code, sigma * sigma, minlength=len(names))
        out[cause] = np.sqrt(shared * linear**2 + (1.0 - shared) * squares) / total
    return pd.DataFrame(out, index=pd.Index(names, name=group.name))


def widest_causes(table: pd.DataFrame, budget: parameters.Uncertainty) -> pd.Series:
    """Codes of the causes that weigh most on each row, widest first, joined by commas."""
    values = table[list(CAUSES)].to_numpy(np.float64)
    order = np.argsort(-np.nan_to_num(values), axis=1, kind="stable")[
        :, : budget.named_cause_count
    ]
    names = np.array(CAUSES, dtype=object)[order]
    return pd.Series([",".join(row) for row in names], index=table.index, dtype="string")
