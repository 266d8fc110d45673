"""What the command line says: help, progress, endings."""

from __future__ import annotations

PROGRAM = (
    "Cadastre solaire ouvert : le potentiel photovoltaïque de chaque pan de toit d'un territoire."
)

COMMANDS: dict[str, str] = {
    "demo": "le quartier de démonstration, de bout en bout",
    "telecharger": "récupère les données ouvertes du territoire",
    "calculer": "calcule tout, jusqu'aux totaux du territoire ; reprend où il s'est arrêté",
    "exporter": "écrit GeoJSON, GeoPackage, CSV et tableaux PCAET",
    "publier": "écrit le site : la carte interactive",
    "fiche": "écrit la fiche d'un bâtiment",
    "consulter": "ouvre la page locale des conseillers",
    "verifier": "contrôle les résultats : sommes, bornes, couverture",
    "etat": "dit ce qui est calculé, à refaire ou en erreur",
    "emprises": "dessine des emprises de bâtiments à partir d'un nuage LiDAR classé",
}

OPTIONS: dict[str, str] = {
    "config": "fichier du territoire (TOML)",
    "dossier": "dossier de la démonstration (défaut : demo)",
    "processus": "nombre de processus (défaut : un par cœur)",
    "ordonnanceur": "adresse d'un ordonnanceur dask.distributed existant",
    "rapport_dask": "avec --ordonnanceur : page de performance écrite par Dask, une par étape",
    "dalles": "ne calculer que ces dalles (identifiants séparés par des virgules)",
    "forcer": "refaire une étape et les suivantes : ingestion, toits, rendement, totaux",
    "adresse": "adresse du bâtiment, même incomplète",
    "batiment": "identifiant du bâtiment",
    "consommation": "consommation annuelle d'électricité du foyer, en kWh",
    "puissance": "puissance voulue, en kWc, ajoutée à celles que propose la fiche",
    "horaire": "écrire aussi la production heure par heure dans ce fichier CSV",
    "sortie": "fichier à écrire",
    "port": "port de la page locale (défaut : 8765)",
    "hote": "adresse d'écoute (défaut : 127.0.0.1, cette machine seulement)",
    "taille": "côté du quartier de démonstration, en mètres (défaut : 500)",
    "graine": "graine du tirage de la démonstration",
    "laz": "écrire aussi un nuage de points LAZ",
    "simuler": "dire ce qui serait récupéré, et combien, sans rien télécharger",
    "nuages": "récupérer aussi les nuages de points LiDAR HD",
    "livraison": "BD TOPO par la livraison GeoPackage du département, au lieu du service WFS",
    "rafraichir": "redemander ce qui est déjà là (nouvelle édition)",
    "seulement": "ces sources seulement (noms dans docs/sources.md)",
    "sans": "toutes les sources habituelles sauf celles-ci",
    "avec": "ajouter des sources qui ne sont pas récupérées d'habitude",
    "reverifier": "recalculer l'empreinte de chaque fichier déjà présent",
    "lidar": "fichiers LAS/LAZ classés",
    "crs": "système de coordonnées (défaut : EPSG:2154)",
    "version": "affiche la version",
    "help": "affiche cette aide",
}

STAGES: dict[str, str] = {
    "ingestion": "Lecture et jointures",
    "ciel": "Table du ciel et rendement",
    "toits": "Pans de toit",
    "surfaces": "Modèle de surface redessiné",
    "rendement": "Ombres, irradiation, modules",
    "totaux": "Totaux et contrôles",
    "demo": "Quartier de démonstration",
    "modele": "Modèle 3D",
    "telechargement": "Téléchargement",
    "total": "Ensemble",
}

SENTENCES: dict[str, str] = {
    "usage_prefix": "utilisation : ",
    "usage_error": "Commande mal écrite : {detail}. Aide : cadastre {command} --help",
    "done": "Terminé en {duration} : {buildings} bâtiments, dont {computed} évalués, "
    "{planes} pans. Installations conseillées : {advised_capacity} kWc, {advised_energy} par an ; "
    "potentiel technique : {capacity} kWc, {energy} par an.",
    "done_with_errors": "Terminé avec des erreurs : {buildings} bâtiment(s) et {tiles} dalle(s) "
    "en erreur ; le détail est dans {report}.",
    "done_with_holes": "Fichier(s) illisible(s), laissé(s) de côté en tout ou partie : {files}. "
    "Téléchargez-les de nouveau et relancez : ce qui en dépend sera refait.",
    "nothing_to_do": "Tout était à jour : rien à recalculer.",
    "reread_only": "Les entrées ont été relues ; aucune dalle n'en est touchée : seuls les totaux et les "
    "tables sont refaits.",
    "interrupted": "Interrompu. Rien de ce qui est calculé n'est perdu : relancez la même "
    "commande pour reprendre.",
    "assumed_roofs": "Dont {count} bâtiment(s) sans mesure exploitable du toit : leur forme est supposée d'après "
    "l'emprise, leurs chiffres sont à confirmer.",
    "results": "Résultats : {folder}",
    "site": "Carte : ouvrez {file} dans un navigateur.",
    "exports": "Exports : {folder} ({count} fichiers).",
    "sheet": "Fiche : {file}",
    "hours": "Production heure par heure : {file}",
    "embedded_climate": "Aucune météo fournie : climat embarqué de l'Artois (série synthétique "
    "calée sur les moyennes publiées).",
    "demo_made": "Quartier fictif écrit dans {folder} : tout y est inventé, sauf la méthode.",
    "consumption_unused": "L'autoconsommation n'est pas encore calculée : la fiche ne tient pas "
    "compte de --consommation.",
    "consult": "Page des conseillers : {address} (Ctrl-C pour arrêter).",
    "checks_fine": "Tout est cohérent : {count} contrôles, aucun écart.",
    "checks_faults": "Des écarts ont été trouvés :",
    "no_results": "Aucun résultat dans {folder} : lancez d'abord « cadastre calculer {config} ».",
    "outlines_made": "{count} emprises écrites dans {file}.",
    "input_absent": "Entrée absente : {kind} (« {pattern} »). Le calcul continue sans elle ; "
    "« cadastre telecharger » peut la récupérer.",
    "relief_elsewhere": "Le relief fourni ne touche pas le territoire : l'horizon lointain est celui du "
    "terrain (mnt), ou reste libre.",
    "no_near_shading": "Ni modèle de surface (mns) ni points : les bâtiments et les arbres voisins ne "
    "font pas d'ombre dans ce calcul ; seul le relief lointain compte.",
    "vegetation_unknown": "Transmittance de la végétation sans effet : ni points classés (lidar) ni terrain "
    "(mnt) ne disent où sont les arbres.",
    "tile_failed": "Dalle {tile} en échec : mise de côté, le reste continue.",
    "tiles_stale": "{count} dalles gardées telles quelles viennent d'autres entrées ou d'autres paramètres : les "
    "tables mêlent deux calculs. Relancez sans --dalles pour tout accorder.",
    "memory_expected": "Mémoire prévue : {expected} Mio au plus, pour {processes} processus.",
    "memory_short": "Mémoire prévue : {expected} Mio au plus pour {processes} processus, et {free} Mio libres : "
    "le calcul peut échouer. Réduisez --processus.",
    "relief_damaged": "Le fichier {file} est illisible par endroits : l'horizon lointain est calculé "
    "sans ces endroits. Téléchargez-le de nouveau et relancez.",
    "sky_failed": "Maille météo {cell} en échec : ses dalles seront mises de côté.",
    "crash": "Erreur imprévue ({kind}) : {detail}. La trace est dans {file} ; "
    "rien de ce qui est calculé n'est perdu.",
}

ARGUMENT_ERRORS: tuple[tuple[str, str], ...] = (
    (r"the following arguments are required: (.+)", r"il manque {0}"),
    (r"unrecognized arguments: (.+)", r"option inconnue {0}"),
    (r"argument (\S+): invalid choice: (.+?) \(choose from (.+)\)", r"{1} n'est pas admis ; choix : {2}"),
    (r"argument (.+): invalid _positive value: (.+)", r"{0} attend un entier d'au moins 1, pas {1}"),
    (r"argument (.+): invalid (\S+) value: (.+)", r"{0} : valeur {2} illisible"),
    (r"argument (.+): expected one argument", r"{0} attend une valeur"),
    (r"argument (.+): not allowed with argument (.+)", r"{0} et {1} s'excluent"),
    (r"one of the arguments (.+) is required", r"il faut l'une des options {0}"),
)  # fmt: skip
