"""French sentences of the errors of territory files, the store and the commands."""

from __future__ import annotations

PIPELINE: dict[str, str] = {
    # territory file
    "territory_missing": (
        "Le fichier de territoire {file} n'existe pas. Exemples : config/exemples/."
    ),
    "territory_unreadable": "Le fichier de territoire {file} est illisible : {detail}.",
    "territory_malformed": (
        "Le fichier de territoire {file} n'est pas du TOML valide : {detail}. "
        "Vérifiez guillemets et crochets à cet endroit."
    ),
    "territory_section_unknown": (
        "{file} : section inconnue {names}. Sections possibles : {known}."
    ),
    "territory_section_not_table": "{file} : [{name}] doit être une section de clés et de valeurs.",
    "territory_key_unknown": (
        "{file} : clé inconnue dans [{section}] : {names}. Clés possibles : {known}."
    ),
    "territory_without_buildings": (
        "{file} : il manque « batiments » dans [entrees], la seule entrée obligatoire "
        "(BD TOPO, cadastre, BDNB ou toute couche de polygones)."
    ),
    "territory_crs_unknown": (
        "{file} : système de coordonnées inconnu « {crs} ». Écrivez par exemple EPSG:2154."
    ),
    "territory_crs_not_metric": (
        "{file} : le système « {crs} » n'est pas métrique. Le calcul se fait en mètres : "
        "choisissez par exemple EPSG:2154."
    ),
    "territory_variable_undefined": (
        "{file} : la variable d'environnement {name} n'est pas définie. "
        "Définissez-la (export {name}=...) ou écrivez un chemin."
    ),
    "territory_path_not_text": (
        "{file} : [entrees] {key} = {value!r} : un chemin, un motif ou une liste de chemins est "
        "attendu."
    ),
    "territory_input_missing": (
        "{file} : aucun fichier ne correspond à {key} = « {pattern} ». Vérifiez le chemin "
        "(relatif au fichier de territoire) ou lancez « cadastre telecharger »."
    ),
    "territory_communes_absent": (
        "Aucune des communes demandées ({codes}, ...) ne figure dans {file}."
    ),
    # inputs and results
    "input_unreadable": "Le fichier {file} est illisible : {detail}.",
    "no_building": "Aucun bâtiment dans {files}.",
    "no_results": (
        "Aucun résultat dans {folder} : lancez d'abord « cadastre calculer {config} »."
    ),
    "result_damaged": (
        "La table {file} est abîmée ({detail}). Relancez « cadastre calculer » : elle sera refaite."
    ),
    "hours_without_module": (
        "Aucun panneau ne tient sur le bâtiment {building_id} : il n'a pas de production à détailler."
    ),
    "hours_stale": (
        "Les lignes d'horizon gardées dans {folder}/etapes manquent ou ne correspondent plus : "
        "relancez « cadastre calculer », puis la même commande."
    ),
    "size_not_positive": (
        "Puissance demandée « {value} » : un nombre de kWc plus grand que 0 est attendu, par "
        "exemple 3 ou 4,5."
    ),
    "size_too_large": (
        "Puissance demandée {value:.2f} kWc : ce toit porte au plus {most:.2f} kWc. Choisissez une puissance "
        "plus petite."
    ),
    "address_not_found": (
        "Aucune adresse ne contient « {text} » parmi les {count} connues. Essayez la rue seule, ou "
        "--batiment."
    ),
    "address_ambiguous": (
        "{count} adresses contiennent « {text} », par exemple : {examples}. Précisez le numéro ou "
        "la commune."
    ),
    "building_unknown": "Aucun bâtiment d'identifiant {building_id} dans les résultats.",
    "pdf_without_browser": (
        "Pas de PDF sans Chromium sur cette machine : installez-le (apt install chromium) ou "
        "demandez un fichier .html au lieu de {file}."
    ),
    "pdf_failed": "Chromium n'a pas pu écrire {file} : {detail}. Demandez un fichier .html.",
    "port_taken": "Impossible d'écouter sur {host}:{port} ({detail}). Choisissez un autre --port.",
    # store
    "store_write": (
        "Écriture impossible : {file} ({detail}). Libérez de la place ou vérifiez les droits, puis "
        "relancez la même commande : le calcul reprendra où il s'est arrêté."
    ),
    "store_locked": (
        "Un autre calcul tient déjà le dossier {folder} ({holder}). Attendez sa fin ou arrêtez-le."
    ),
    "remote_protocol": (
        "L'adresse {address} ne peut être lue ici : {detail}. Installez le module fsspec de ce "
        "stockage (s3fs, gcsfs, adlfs…) ou corrigez le début de l'adresse."
    ),
    "remote_unreachable": (
        "Le stockage distant ne donne pas {address} : {detail}. Vérifiez l'adresse, les droits et "
        "le réseau, puis relancez la même commande."
    ),
    "remote_changed": (
        "{address} a changé pendant le calcul. Relancez la même commande : ce qui en dépend sera "
        "refait."
    ),
    "store_unreachable": (
        "Le stockage {folder} ne répond pas : {detail}. Vérifiez l'adresse, les droits (clés "
        "d'accès) et le réseau, puis relancez la même commande."
    ),
    "cluster_lost": (
        "L'ordonnanceur {scheduler} a disparu pendant le calcul ({detail}). Ce qui est fait est "
        "gardé : relancez la même commande quand la grappe est revenue."
    ),
    "cluster_idle": (
        "L'ordonnanceur {scheduler} n'a aucun travailleur après {seconds} s. Démarrez-en "
        "(« dask worker {scheduler} »), puis relancez la même commande."
    ),
    "store_version": (
        "Le dossier {folder} vient d'une autre version du cadastre (magasin {found}, {expected} "
        "attendu). Choisissez un autre dossier de sortie ou supprimez son sous-dossier « etapes »."
    ),
    "store_not_kept": (
        "Le dossier {folder} ne garde pas ce qui y est écrit. Vérifiez le disque ou le partage."
    ),
    "tile_unknown": "Dalle inconnue : {tiles}. Dalles de ce territoire : {known}.",
    "pattern_without_file": "Aucun fichier ne correspond à {pattern}.",
    "consumption_negative": "Une consommation ne peut pas être négative ({value} kWh).",
    "stage_unknown": "Étape inconnue « {stage} ». Étapes qu'on peut forcer : {known}.",
    "cluster_extra_missing": (
        "L'ordonnanceur {scheduler} demande le complément « cluster » : "
        "pip install 'cadastre-solaire[cluster]'."
    ),
    "cluster_report_missing": (
        "Le rapport de performance {file} demande bokeh, qui n'est pas installé : "
        "pip install bokeh, ou relancez sans --rapport-dask."
    ),
    "cluster_unreachable": (
        "L'ordonnanceur {scheduler} ne répond pas ({detail}). Vérifiez l'adresse, par exemple "
        "tcp://10.0.0.1:8786."
    ),
    # checks
    "conservation": (
        "Les totaux ne tombent pas juste, rien n'est publié : {faults}. Les tables du calcul "
        "précédent sont intactes ; ceci est un défaut du programme, merci de le signaler."
    ),
}
