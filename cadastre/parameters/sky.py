"""Sun and sky: sectors, bins, diffuse model, albedo, embedded climate."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Sky(Group):
    """Sun and sky: sectors, bins, diffuse model, albedo, embedded climate."""

    albedo: float = quantity(0.2, "1", "Albédo du sol et des façades.", low=0.0, high=0.9)
    diffuse_model: str = quantity(
        "perez",
        "—",
        "Modèle de ciel diffus.",
        choices=("perez", "haydavies"),
        source="Perez et al. 1990, doi:10.1016/0038-092X(90)90055-H",
    )
    sun_elevation_step_deg: float = quantity(
        0.5,
        "°",
        "Pas de hauteur de la table du soleil.",
        low=0.05,
        high=5.0,
        source="mesuré : écart quadratique de 0,04 % avec un pas de 0,1° (docs/validation.md)",
    )
    free_sun_cell_deg: float = quantity(
        0.25,
        "°",
        "Côté des cases où les positions du soleil sont regroupées pour un plan sans obstacle, "
        "pour une année de météo ; il croît comme la racine du nombre d'années.",
        low=0.05,
        high=5.0,
        source="mesuré : 0,03 % au plus chaque mois contre pvlib (docs/validation.md)",
    )
    low_sun_deg: float = quantity(
        6.0,
        "°",
        "En dessous de cette hauteur au milieu du pas, le soleil est suivi à un pas plus fin.",
        low=0.0,
        high=90.0,
    )
    low_sun_step_minutes: float = quantity(15.0, "min", "Pas du soleil bas.", low=1.0, high=60.0)
    horizon_band_deg: float = quantity(
        6.5,
        "°",
        "Hauteur de la bande d'horizon du modèle de Perez : au-dessus, un obstacle la cache.",
        low=0.5,
        high=30.0,
        source="Perez et al. 1987, doi:10.1016/S0038-092X(87)80031-2",
    )
    complete_year_share: float = quantity(
        0.98,
        "1",
        "Part des heures qu'une année de météo doit compter pour entrer dans la dispersion "
        "interannuelle.",
        low=0.5,
        high=1.0,
    )
    year_sample_count: int = quantity(
        8,
        "points",
        "Points d'un pan où le rapport de chaque année de météo à l'année moyenne est calculé.",
        low=1,
        high=1000,
        source="mesuré : écart quadratique de 0,07 % avec tous les points (docs/validation.md)",
    )
    vegetation_transmittance: tuple[float, ...] = quantity(
        (0.0,) * 12,
        "1",
        "Part de la lumière que laisse passer la végétation, de janvier à décembre (0 : opaque) ; "
        "n'agit que là où la végétation est connue. Feuillus : 0,03 en feuilles, 0,45 sans.",
        low=0.0,
        high=1.0,
        source="Konarska et al. 2014, doi:10.1007/s00704-013-1000-3",
    )
    vegetation_height_m: float = quantity(
        2.0,
        "m",
        "Hauteur sur le terrain à partir de laquelle ce qui n'est pas un toit est un arbre, quand "
        "aucun point classé ne le dit ; n'agit que si la végétation laisse passer la lumière.",
        low=0.5,
        high=10.0,
    )
    vegetation_gap_m: float = quantity(
        1.5,
        "m",
        "Bande autour des toits où rien n'est pris ainsi pour un arbre (rampes des murs).",
        low=0.0,
        high=10.0,
    )

    @property
    def sees_through_trees(self) -> bool:
        """Whether vegetation lets any light through in any month."""
        return any(share > 0.0 for share in self.vegetation_transmittance)
