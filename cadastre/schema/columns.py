# ruff: noqa: E501  (one definition a line reads best)
"""The dictionary: every column of every table, defined once.

``adds_up`` says how a column goes from parts to a whole: ``sum``, ``count``, ``list_sum``
(month by month), ``ratio`` (recomputed from sums: numerator and denominator columns), ``same``
(constant in the group) or ``none``. Descriptions are French: they make the dictionary page.
"""

from __future__ import annotations

from dataclasses import dataclass

ADDS_UP = ("sum", "count", "list_sum", "ratio", "same", "none")


@dataclass(frozen=True)
class Column:
    """One column: dtype is a pandas dtype, ``list`` (of float64), ``category`` or ``geometry``."""

    name: str
    dtype: str
    unit: str
    text: str
    french: str
    adds_up: str = "none"
    ratio: tuple[str, str] | None = None
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()


STATUS = ("computed", "low_confidence", "excluded", "no_data", "error")
PLANE_SOURCE = ("lod2", "lidar", "dsm", "assumed")
SUITABILITY = ("A", "B", "C", "D", "E")
QUALITY_FLAG = (
    "ok", "no_dsm", "few_points", "poor_fit", "too_small", "vegetation", "steep", "assumed",
    "unmatched_model",
)
USAGE = ("residential", "business", "public", "farm", "industry", "annex", "other", "unknown", "all")

_ALL = (
    Column("building_id", "string", "—", "Identifiant de l'emprise (BD TOPO : cleabs).", "id_batiment"),
    Column("plane_id", "string", "—", "Identifiant du pan, {building_id}/{k}.", "id_pan"),
    Column("commune_code", "string", "—", "Code INSEE de la commune.", "code_insee", "same"),
    Column("tile_id", "string", "—", "Dalle de calcul, coin nord-ouest en km.", "dalle"),
    Column("weather_cell_id", "string", "—", "Maille météo.", "maille_meteo", "same"),
    Column("status", "category", "—", "État du calcul du bâtiment.", "etat", categories=STATUS),
    Column("status_reason", "string", "—", "Code du motif de l'état.", "motif_etat"),
    Column("usage", "category", "—", "Usage du bâtiment.", "usage", categories=USAGE),
    Column("building_height", "float64", "m", "Hauteur du bâtiment donnée par la source.", "hauteur_m", low=0, high=400),
    Column("footprint_area_m2", "float64", "m²", "Surface de l'emprise au sol.", "emprise_m2", "sum", low=0),
    Column("plane_count", "int64", "pans", "Nombre de pans.", "nb_pans", "sum", low=0),
    Column("surface_tilt", "float64", "°", "Inclinaison du pan sur l'horizontale.", "inclinaison_deg", low=0, high=90),
    Column("surface_azimuth", "float64", "°", "Azimut vers lequel le pan est tourné, depuis le nord vrai, sens horaire ; vide si plat.", "azimut_deg", low=0, high=360),
    Column("plane_a", "float64", "m/m", "Pente du pan vers l'est.", "pente_est"),
    Column("plane_b", "float64", "m/m", "Pente du pan vers le nord.", "pente_nord"),
    Column("plane_c", "float64", "m", "Altitude du pan au point d'origine.", "altitude_origine_m"),
    Column("plane_x0", "float64", "m", "Abscisse du point d'origine du pan.", "x0_m"),
    Column("plane_y0", "float64", "m", "Ordonnée du point d'origine du pan.", "y0_m"),
    Column("area_horizontal_m2", "float64", "m²", "Surface projetée du pan.", "surface_projetee_m2", "sum", low=0),
    Column("area_sloped_m2", "float64", "m²", "Surface vraie, selon la pente.", "surface_pan_m2", "sum", low=0),
    Column("usable_area_m2", "float64", "m²", "Surface utile, selon la pente, après reculs et obstacles.", "surface_utile_m2", "sum", low=0),
    Column("plane_source", "category", "—", "Origine de la géométrie du pan.", "source_pan", categories=PLANE_SOURCE),
    Column("fit_rmse_m", "float64", "m", "Écart quadratique moyen de l'ajustement du pan.", "ecart_ajustement_m", low=0),
    Column("quality_flag", "category", "—", "Indicateur de qualité du pan.", "indicateur_qualite", categories=QUALITY_FLAG),
    Column("points_per_m2", "float64", "1/m²", "Densité des mesures sur le toit.", "points_par_m2", low=0),
    Column("explained_share", "float64", "1", "Part du toit expliquée par ses pans.", "part_expliquee_pct", low=0, high=1),
    Column("vegetation_share", "float64", "1", "Part du toit sous la végétation.", "part_vegetation_pct", low=0, high=1),
    Column("shift_x_m", "float64", "m", "Décalage estimé de l'emprise vers l'est.", "decalage_est_m"),
    Column("shift_y_m", "float64", "m", "Décalage estimé de l'emprise vers le nord.", "decalage_nord_m"),
    Column("sky_view_factor", "float64", "1", "Part visible du ciel, pondérée par le cosinus, dans le plan du pan.", "facteur_vue_ciel", low=0, high=1),
    Column("irradiation_kwh_m2", "float64", "kWh/m²/an", "Irradiation annuelle reçue, ombres comprises.", "irradiation_kwh_m2_an", "ratio", ("irradiation_kwh", "area_sloped_m2"), low=0, high=2500),
    Column("irradiation_kwh", "float64", "kWh/an", "Énergie solaire reçue par l'ensemble de la surface.", "irradiation_totale_kwh_an", "sum", low=0),
    Column("irradiation_unshaded_kwh_m2", "float64", "kWh/m²/an", "Irradiation annuelle du même pan sans aucune ombre.", "irradiation_sans_ombre_kwh_m2_an", low=0, high=2500),
    Column("irradiation_monthly_kwh_m2", "list", "kWh/m²", "Irradiation mensuelle reçue.", "irradiation_kwh_m2_mois", low=0),
    Column("direct_kwh_m2", "float64", "kWh/m²/an", "Part directe de l'irradiation.", "direct_kwh_m2_an", low=0),
    Column("sky_diffuse_kwh_m2", "float64", "kWh/m²/an", "Part diffuse du ciel.", "diffus_kwh_m2_an", low=0),
    Column("reflected_kwh_m2", "float64", "kWh/m²/an", "Part réfléchie par le sol et les alentours.", "reflechi_kwh_m2_an", low=0),
    Column("irradiation_near_only_kwh_m2", "float64", "kWh/m²/an", "Irradiation avec les ombres proches seules.", "irradiation_ombres_proches_kwh_m2_an", low=0),
    Column("irradiation_by_year_kwh_m2", "list", "kWh/m²/an", "Irradiation de chaque année de météo.", "irradiation_par_annee_kwh_m2", low=0),
    Column("shading_loss", "float64", "1", "Part de l'irradiation perdue par les ombres.", "perte_ombrage_pct", low=-0.05, high=1),
    Column("horizon_elevation_deg", "list32", "°", "Ligne d'horizon moyenne du pan par secteur, depuis le nord.", "hauteur_horizon_deg", low=0, high=90),
    Column("module_count", "int64", "modules", "Nombre de modules posables.", "nb_modules", "sum", low=0),
    Column("capacity_kwp", "float64", "kWc", "Puissance crête.", "puissance_kwc", "sum", low=0),
    Column("annual_energy_kwh", "float64", "kWh/an", "Production annuelle médiane (P50).", "production_kwh_an", "sum", low=0),
    Column("annual_energy_p90_kwh", "float64", "kWh/an", "Production dépassée neuf années sur dix (P90).", "production_p90_kwh_an", low=0),
    Column("monthly_energy_kwh", "list", "kWh", "Production mensuelle.", "production_kwh_mois", "list_sum", low=0),
    Column("specific_yield_kwh_per_kwp", "float64", "kWh/kWc", "Productible : production annuelle par kWc.", "productible_kwh_kwc", "ratio", ("annual_energy_kwh", "capacity_kwp"), low=0, high=2500),
    Column("specific_yield_p90_kwh_per_kwp", "float64", "kWh/kWc", "Productible dépassé neuf années sur dix (P90).", "productible_p90_kwh_kwc", low=0, high=2500),
    Column("yield_uncertainty", "float64", "1", "Écart-type relatif du productible (sans la surface utile).", "incertitude_productible_pct", low=0, high=2),
    Column("energy_uncertainty", "float64", "1", "Écart-type relatif de la production annuelle.", "incertitude_production_pct", low=0, high=2),
    Column("uncertainty_causes", "string", "—", "Causes qui élargissent le plus l'intervalle, la première pèse le plus.", "causes_incertitude"),
    Column("optimum_share", "float64", "1", "Irradiation rapportée à celle de la meilleure orientation locale sans ombre.", "part_optimum_pct", low=0, high=1.2),
    Column("layout", "category", "—", "Pose du module : dans le plan du toit, châssis au sud, châssis est-ouest.", "pose", categories=("pitched", "rack_south", "rack_east_west")),
    Column("plane_order", "string", "—", "Pans dans l'ordre où les équiper, séparés par des virgules.", "ordre_pans"),
    Column("curve_capacity_kwp", "list", "kWc", "Puissance cumulée en équipant les pans dans l'ordre.", "courbe_puissance_kwc", low=0),
    Column("curve_energy_kwh", "list", "kWh/an", "Production cumulée en équipant les pans dans l'ordre.", "courbe_production_kwh_an", low=0),
    Column("advised_plane_count", "int64", "pans", "Nombre de pans qu'il vaut la peine d'équiper.", "nb_pans_conseilles", "sum", low=0),
    Column("advised_capacity_kwp", "float64", "kWc", "Puissance des pans qu'il vaut la peine d'équiper.", "puissance_conseillee_kwc", "sum", low=0),
    Column("advised_energy_kwh", "float64", "kWh/an", "Production des pans qu'il vaut la peine d'équiper.", "production_conseillee_kwh_an", "sum", low=0),
    Column("thermal_plane_id", "string", "—", "Pan le mieux placé pour l'eau chaude solaire.", "id_pan_thermique"),
    Column("thermal_collective", "boolean", "—", "Eau chaude solaire collective (plusieurs logements).", "thermique_collectif"),
    Column("collector_area_m2", "float64", "m²", "Surface de capteurs solaires thermiques.", "surface_capteurs_m2", "sum", low=0),
    Column("tank_litres", "float64", "l", "Volume du ballon solaire.", "ballon_litres", low=0),
    Column("thermal_energy_kwh", "float64", "kWh/an", "Chaleur utile des capteurs.", "production_thermique_kwh_an", "sum", low=0),
    Column("thermal_wanted_kwh", "float64", "kWh/an", "Chaleur demandée par l'eau chaude.", "besoin_eau_chaude_kwh_an", "sum", low=0),
    Column("solar_fraction", "float64", "1", "Part de l'eau chaude chauffée par le soleil.", "taux_couverture_solaire_pct", "ratio", ("thermal_energy_kwh", "thermal_wanted_kwh"), low=0, high=1),
    Column("displaced_module_count", "int64", "modules", "Modules photovoltaïques dont les capteurs prennent la place.", "nb_modules_deplaces", "sum", low=0),
    Column("displaced_energy_kwh", "float64", "kWh/an", "Production photovoltaïque laissée aux capteurs.", "production_deplacee_kwh_an", "sum", low=0),
    Column("suitability_class", "category", "—", "Classe de potentiel relative à l'optimum local.", "classe_potentiel", categories=SUITABILITY),
    Column("suitability_reason", "string", "—", "Code du motif de la classe.", "motif_classe"),
    Column("data_date", "string", "—", "Date ou millésime du modèle de surface.", "date_donnees"),
    Column("heritage_flag", "boolean", "—", "Dans un périmètre protégé.", "perimetre_protege"),
    Column("heritage_name", "string", "—", "Nom du site ou monument protégé.", "nom_protection"),
    Column("address", "string", "—", "Adresse principale.", "adresse"),
    Column("usage_reason", "string", "—", "Code du motif de l'usage retenu.", "motif_usage"),
    Column("commune_name", "string", "—", "Nom de la commune.", "nom_commune", "same"),
    Column("epci_code", "string", "—", "SIREN de l'intercommunalité.", "siren_epci", "same"),
    Column("epci_name", "string", "—", "Nom de l'intercommunalité.", "nom_epci", "same"),
    Column("iris_code", "string", "—", "Code IRIS (INSEE).", "code_iris", "same"),
    Column("parcel_id", "string", "—", "Parcelle cadastrale sous le bâtiment.", "id_parcelle"),
    Column("rnb_id", "string", "—", "Identifiant du référentiel national des bâtiments.", "id_rnb"),
    Column("address_id", "string", "—", "Identifiant BAN de l'adresse.", "id_adresse"),
    Column("address_link", "string", "—", "Lien de l'adresse : parcel (parcelle) ou nearest (la plus proche).", "lien_adresse"),
    Column("heritage_kind", "string", "—", "Servitude la plus stricte : ac1, ac4 ou ac2.", "type_protection"),
    Column("unesco_flag", "boolean", "—", "Dans un périmètre inscrit à l'UNESCO.", "perimetre_unesco"),
    Column("unesco_name", "string", "—", "Nom de l'élément inscrit à l'UNESCO.", "nom_unesco"),
    Column("z_min_ground", "float64", "m", "Altitude minimale du sol au pied du bâtiment.", "altitude_sol_m"),
    Column("z_min_roof", "float64", "m", "Altitude de la gouttière.", "altitude_min_toit_m"),
    Column("z_max_roof", "float64", "m", "Altitude du faîte.", "altitude_max_toit_m"),
    Column("dwelling_count", "float64", "logements", "Nombre de logements.", "nb_logements", "sum", low=0),
    Column("storey_count", "float64", "niveaux", "Nombre de niveaux.", "nb_niveaux", low=0),
    Column("is_light", "boolean", "—", "Construction légère.", "construction_legere"),
    Column("object_state", "string", "—", "État de l'objet donné par la source.", "etat_objet"),
    Column("nature", "string", "—", "Nature donnée par la source.", "nature"),
    Column("roof_material", "string", "—", "Matériau du toit donné par la source.", "materiau_toit"),
    Column("construction_year", "float64", "année", "Année de construction.", "annee_construction", low=0, high=2200),
    Column("electricity_kwh_per_year", "float64", "kWh/an", "Consommation électrique annuelle (BDNB).", "consommation_kwh_an", "sum", low=0),
    Column("described_by", "string", "—", "Bâtiment d'une autre base qui complète celui-ci.", "decrit_par"),
    Column("source_file", "string", "—", "Fichier d'origine.", "fichier_source"),
    Column("module_rank", "int64", "—", "Rang du module dans le pan.", "rang_module", low=0),
    Column("level", "string", "—", "Niveau : commune, epci ou whole (ensemble).", "niveau"),
    Column("code", "string", "—", "Code INSEE, SIREN de l'EPCI ou « whole ».", "code"),
    Column("name", "string", "—", "Nom du territoire.", "nom"),
    Column("building_count", "int64", "bâtiments", "Nombre de bâtiments.", "nb_batiments", "count", low=0),
    Column("assessed_building_count", "int64", "bâtiments", "Bâtiments évalués.", "nb_batiments_evalues", "count", low=0),
    Column("unassessed_building_count", "int64", "bâtiments", "Bâtiments non évalués.", "nb_batiments_non_evalues", "count", low=0),
    Column("geometry", "geometry", "m", "Géométrie dans le plan.", "geometrie"),
)

COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
