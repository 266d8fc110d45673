"""What was read, repaired and set aside, in French: one sentence a note, for the report.

A note arrives as a plain row (``kind``, ``action``, ``file``, ``code``, ``count``, ``ids``,
``facts``), as ``cadastre.sources.notes.Notes.table`` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cadastre.publishing.texts_fr.model import MODEL_NOTES

ACTION_TITLES: dict[str, str] = {
    "read": "Lu",
    "repaired": "Réparé",
    "assumed": "Supposé",
    "set_aside": "Mis de côté",
}

KIND_TITLES: dict[str, str] = {
    "batiments": "Bâtiments",
    "dalles": "Dalles",
    "mns": "Modèle de surface",
    "mnt": "Modèle de terrain",
    "relief": "Relief lointain",
    "lidar": "Nuage de points",
    "meteo": "Météo",
    "communes": "Communes",
    "epci": "Intercommunalités",
    "iris": "IRIS",
    "parcelles": "Parcelles",
    "adresses": "Adresses",
    "protections": "Périmètres protégés",
    "rnb": "Référentiel national des bâtiments",
    "bdnb": "Base nationale des bâtiments",
    "modele_3d": "Maquette 3D",
    "index_lidar": "Index des dalles LiDAR",
    "registre_pv": "Installations déjà raccordées",
    "production_pv": "Production injectée",
    "parkings": "Parcs de stationnement",
    "friches": "Friches",
}

REASONS: dict[str, str] = {
    "planned": "en projet",
    "ruin": "en ruine",
    "demolished": "détruit",
    "greenhouse": "serre",
    "silo": "silo",
    "tank": "réservoir",
    "monument": "monument",
    "fort": "fort ou blockhaus",
    "windmill": "moulin à vent",
}

NOTE_SENTENCES: dict[str, str] = {
    **MODEL_NOTES,
    "rows_read": "Objets lus : {count}.",
    "files_read": "Fichiers lus : {count}, au pas de {resolution} m.",
    "points_read": "Points annoncés : {count} (fichiers : {files}), {density} par m².",
    "weather_read": (
        "Pas de temps : {count}, années {years}, global horizontal {ghi} kWh/m² par an."
    ),
    "id_column_used": "Identifiants pris dans la colonne « {column} ».",
    "id_row_number": (
        "Aucune colonne d'identifiant reconnue : bâtiments identifiés par leur rang "
        "(row-1, row-2…), {count} en tout. Indiquez batiments_id pour des identifiants durables."
    ),
    "layer_chosen": "Couche « {layer} » choisie parmi : {layers}.",
    "encoding_repaired": "Textes mal codés relus en {encoding}.",
    "crs_reprojected": "Coordonnées passées de {declared} à {crs} (objets : {count}).",
    "crs_contradicted": (
        "Le système déclaré ({declared}) contredit les coordonnées : {crs} a été retenu."
    ),
    "crs_assumed": (
        "Aucun système de coordonnées déclaré : {crs} supposé, les valeurs s'y prêtent."
    ),
    "crs_equivalent": "{declared} tenu pour identique à {crs} (écart inférieur au centimètre).",
    "crs_outside_area": (
        "Coordonnées hors de la zone d'usage de {crs} : le système déclaré a été cru."
    ),
    "axes_swapped": "Coordonnées inversées (nord avant est) : remises dans l'ordre, en {crs}.",
    "geometry_repaired": "Polygones invalides (nœuds, croisements) réparés : {count}.",
    "geometry_empty": "Objets sans géométrie : {count}. Un bâtiment est gardé, en erreur ; une "
    "adresse ou un périmètre est laissé.",
    "geometry_invalid": "Géométries irréparables : {count}. Gardées, en erreur, sans calcul.",
    "geometry_duplicated": (
        "Emprises données deux fois (mêmes contours, ou presque) : {count}, comptées une seule "
        "fois."
    ),
    "geometry_overlapping": (
        "Emprises couvertes pour une grande part par une autre : {count}. Toutes sont calculées ; "
        "vérifiez qu'il ne s'agit pas des mêmes bâtiments."
    ),
    "numbers_unreadable": "Valeurs de « {column} » qui ne se lisent pas comme un nombre : {count}.",
    "ids_duplicated": "Identifiants répétés, numérotés #2, #3… : {count}.",
    "ids_missing": (
        "Objets sans identifiant dans « {column} », identifiés par leur rang : {count}."
    ),
    "heights_rescaled": "Hauteurs en {unit} ramenées en mètres : {count}.",
    "heights_absurd": "Hauteurs impossibles écartées : {count}.",
    "index_rebuilt": "Index du shapefile (.shx) absent : reconstruit en mémoire.",
    "lattice_resampled": (
        "Dalles décalées d'une fraction de pixel, ramenées à la grille commune : {count}."
    ),
    "resolution_resampled": "Dalles d'un autre pas, ramenées à {resolution} m : {count}.",
    "raster_placed_by_name": "Dalle sans position, placée par son nom (coin {x}, {y}).",
    "raster_straightened": "Dalle tournée ou retournée : redressée sur la grille du territoire.",
    "zero_is_nodata": "Les zéros exacts sont des pixels sans valeur ({count} dans l'échantillon).",
    "date_unknown": "Date des données inconnue (fichiers : {count}).",
    "weather_gap_interpolated": "Pas manquants interpolés (lacunes courtes) : {count}.",
    "weather_gap_typical": "Pas manquants repris du jour connu le plus proche : {count}.",
    "weather_duplicates": (
        "Pas répétés, ou décalés de quelques secondes, ramenés à un seul : {count}."
    ),
    "weather_columns_swapped": (
        "Colonnes interverties : lues comme {columns}, l'accord avec le soleil l'impose."
    ),
    "weather_night_zeroed": "Valeurs de nuit mises à zéro : {count}.",
    "weather_negative_zeroed": "Valeurs négatives mises à zéro : {count}.",
    "weather_decomposed": "Seul le global est donné : direct et diffus séparés par {model}.",
    "weather_component_derived": "Composante {column} déduite des deux autres.",
    "weather_filled_temp": "Températures manquantes remplacées par la normale : {count}.",
    "weather_filled_wind": "Vitesses de vent manquantes remplacées par la normale : {count}.",
    "weather_time_shifted": "Horloge décalée de {minutes} min pour s'accorder avec le soleil.",
    "weather_month_shifted": "Mois dont l'horloge différait, recalés : {ids}.",
    "weather_closure": "Global, direct et diffus ne s'accordent qu'à {error} W/m² près.",
    "weather_time_assumed": "Heures sans fuseau : supposées en temps universel (UTC).",
    "projection_unreadable": "Fichier .prj illisible : laissé de côté.",
    "weather_dates_absurd": "Lignes dont la date est impossible : {count}, laissées.",
    "weather_far": "Météo d'un lieu éloigné de {distance_km} km.",
    "weather_folded": (
        "Douze mois à cheval sur deux années civiles, rangés dans une année conventionnelle."
    ),
    "weather_typical": "Année type : elle ne dit rien des écarts d'une année à l'autre.",
    "weather_years_dropped": "Années trop lacunaires écartées : {ids}.",
    "points_duplicated": (
        "Des fichiers de points se recouvrent : chaque point n'est compté qu'une fois."
    ),
    "points_sparse": (
        "{density} point/m², moins que les {limit} nécessaires : fichier écarté pour les pans."
    ),
    "state_excluded": "Bâtiments exclus ({reason}) : {count}.",
    "nature_excluded": "Objets sans toit à équiper ({reason}) : {count}.",
    "columns_missing": "Colonne absente ou vide : {columns}.",
    "rows_incomplete": "Objets sans « {column} », laissés de côté : {count}.",
    "rnb_gone": "Bâtiments du RNB démolis ou dont le projet est abandonné, laissés : {count}.",
    "rnb_unplaced": "Bâtiments du RNB sans point ni lien vers un autre registre : {count}, laissés.",
    "rows_repeated": (
        "Lignes d'identifiant déjà lu, laissées (une seule ligne par identifiant) : {count}."
    ),
    "kind_unknown": (
        "Servitudes d'une nature qui ne protège pas un patrimoine ({kinds}), laissées : {count}."
    ),
    "rows_unmatched": "Bâtiments hors de toute limite de la table {table} : {count}.",
    "sites_outside": "Parcs de stationnement et friches hors des communes du territoire : {count}.",
    "sites_repeated": "Sites d'identifiant déjà lu : {count}, laissés.",
    "sites_other_nature": "Équipements qui ne sont pas des parcs de stationnement : {count}.",
    "register_other_sector": "Lignes d'autres filières que le solaire : {count}.",
    "register_disconnected": "Installations qui ne sont plus en service : {count}.",
    "register_absurd_power": "Installations d'une puissance impossible : {count}.",
    "production_older": "Lignes d'années antérieures à {year} : {count}.",
    "communes_absent": "Communes demandées que la table ne contient pas : {count}.",
    "territory_outside": (
        "Bâtiments hors des communes du territoire : {count}. Ils gardent leur ligne, font de "
        "l'ombre à leurs voisins, et ne sont pas calculés."
    ),
    "territory_unbounded": (
        "Aucune limite de commune n'est donnée (entrée « communes ») : les {count} bâtiments sont "
        "tous calculés."
    ),
    "tiles_stale": (
        "Dalles gardées d'un calcul aux entrées ou aux paramètres différents (--dalles) : les "
        "tables mêlent deux calculs."
    ),
    "relief_elsewhere": (
        "Le relief fourni ne touche pas le territoire : l'horizon lointain est celui du "
        "terrain (mnt), ou reste libre."
    ),
    "no_near_shading": (
        "Ni modèle de surface (mns) ni points : les bâtiments et les arbres voisins ne "
        "font pas d'ombre dans ce calcul ; seul le relief lointain compte."
    ),
    "vegetation_unknown": (
        "Transmittance de la végétation sans effet : ni points classés (lidar) ni terrain "
        "(mnt) ne disent où sont les arbres."
    ),
    "file_empty": "Fichier vide : aucun objet à lire, le calcul continue sans lui.",
    "input_absent": "Fichier nommé par le territoire mais absent : le calcul continue sans lui.",
    "raster_left_out": (
        "FICHIER ILLISIBLE, laissé de côté : ce qu'il couvre est traité comme sans mesure. "
        "Téléchargez-le de nouveau et relancez."
    ),
    "raster_damaged": (
        "FICHIER ABÎMÉ, illisible par endroits : les dalles qui voient ces endroits seront mises "
        "de côté, leurs bâtiments notés en erreur. Téléchargez-le de nouveau et relancez."
    ),
    "points_left_out": (
        "NUAGE DE POINTS tronqué ou illisible, laissé de côté : les toits y sont pris du modèle de "
        "surface, ou supposés. Téléchargez-le de nouveau et relancez."
    ),
    "relief_damaged": (
        "FICHIER ABÎMÉ, illisible par endroits : l'horizon lointain est calculé sans ces "
        "endroits. Téléchargez-le de nouveau et relancez."
    ),
    "file_far_away": "Fichier d'un autre lieu ou d'une autre nature, à {distance_km} km : omis.",
    "kind_assumed": "Nature de la protection non dite : {protection} supposée.",
}


def note_sentence(row: Mapping[str, object]) -> str:
    """Return the French sentence of one note, identifiers and reasons spelt out."""
    facts = dict(row["facts"])  # type: ignore[call-overload]
    ids = [str(item) for item in row["ids"]]  # type: ignore[attr-defined]
    spoken = {key: _spoken(value) for key, value in facts.items()}
    if "reason" in facts:
        spoken["reason"] = REASONS.get(str(facts["reason"]), str(facts["reason"]))
    sentence = NOTE_SENTENCES[str(row["code"])].format(
        **{"count": _spoken(row["count"]), "ids": ", ".join(ids)} | spoken
    )
    if ids and "{ids}" not in NOTE_SENTENCES[str(row["code"])]:
        more = "…" if int(str(row["count"])) > len(ids) else ""
        sentence += f" ({', '.join(ids)}{more})"
    return sentence


def _spoken(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f") if abs(value) >= 10000 else str(value)
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


DOOR_TITLE = "Ce qui a été lu, avant tout calcul :"
DOOR_BALANCE = (
    "  Bâtiments : {total} lus, {left} à calculer, {excluded} écartés, {error} en erreur."
)
DOOR_MORE = "  Le détail, avec les identifiants, est dans rapport.md."
_DOOR_IDS = 3


def quality_lines(rows: list[dict[str, object]], balance: Mapping[str, int]) -> list[str]:
    """Return the quality table as lines for a terminal, input by input.

    Parameters
    ----------
    rows
        Plain rows of notes.
    balance
        Buildings: ``total``, ``left`` to compute, ``excluded``, ``error``.
    """
    lines = [DOOR_TITLE]
    width = max(len(title) for title in ACTION_TITLES.values())
    shown: str | None = None
    for kind in dict.fromkeys(str(row["kind"]) for row in rows):
        for row in (row for row in rows if str(row["kind"]) == kind):
            title = KIND_TITLES.get(kind, kind)
            if title != shown:
                lines.append(f"  {title}")
                shown = title
            few = [str(item) for item in row["ids"]][:_DOOR_IDS]  # type: ignore[attr-defined]
            action = ACTION_TITLES[str(row["action"])]
            sentence = note_sentence({**row, "ids": few})
            lines.append(f"    {action:<{width}}  {row['file']} : {sentence}")
    lines.append(DOOR_BALANCE.format(**{key: _spoken(value) for key, value in balance.items()}))
    return [*lines, DOOR_MORE]


def quality_table(rows: list[dict[str, object]]) -> list[tuple[str, str, str, str]]:
    """Rows of the French quality table: input, file, what happened, the sentence."""
    return [
        (
            KIND_TITLES.get(str(row["kind"]), str(row["kind"])),
            str(row["file"]),
            ACTION_TITLES[str(row["action"])],
            note_sentence(row),
        )
        for row in rows
    ]
