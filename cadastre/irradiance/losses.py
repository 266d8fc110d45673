"""Where the light of a plane is lost: orientation, near obstacles, far relief; sums exactly."""

from __future__ import annotations

import pandas as pd

from cadastre.exchange import PlaneIrradiation


def loss_waterfall(irradiation: PlaneIrradiation, optimum_kwh_m2: float) -> pd.DataFrame:
    """Losses by cause of each plane, kWh/m² a year.

    Parameters
    ----------
    irradiation
        Planes under their skylines.
    optimum_kwh_m2
        Yearly irradiation of the best free orientation here
        (:func:`transposition.local_optimum`).

    Returns
    -------
    DataFrame
        One row a plane, in order: ``optimum_kwh_m2``, ``orientation_loss_kwh_m2`` (tilt and
        azimuth against the local optimum), ``near_shading_loss_kwh_m2``,
        ``far_horizon_loss_kwh_m2``, ``irradiation_kwh_m2``. The last is the first less the
        three losses. Near shading counts what obstacles hide less what they reflect: it may be
        slightly negative where bright walls face a nearly open plane. NaN without sample.
    """
    unshaded = irradiation.unshaded.sum(axis=1)
    shaded = irradiation.monthly.sum(axis=1)
    return pd.DataFrame(
        {
            "optimum_kwh_m2": optimum_kwh_m2,
            "orientation_loss_kwh_m2": optimum_kwh_m2 - unshaded,
            "near_shading_loss_kwh_m2": unshaded - irradiation.near_only,
            "far_horizon_loss_kwh_m2": irradiation.near_only - shaded,
            "irradiation_kwh_m2": shaded,
        }
    )
