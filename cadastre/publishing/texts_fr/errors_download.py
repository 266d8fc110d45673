"""The French sentences of the download: what did not come, why, and what to do."""

from __future__ import annotations

DOWNLOAD: dict[str, str] = {
    # territory and options
    "territory_scope_missing": (
        "Le fichier de territoire ne dit pas quelles communes télécharger : ajoutez dans "
        '[territoire] communes_insee = ["62498", ...] ou epci_siren = ["200072460"].'
    ),
    "territory_code_invalid": (
        "Codes INSEE mal écrits dans communes_insee : {names}. Un code compte cinq caractères, "
        'entre guillemets, comme "62498" ou "2A004".'
    ),
    "territory_siren_invalid": (
        "Numéros SIREN faux dans epci_siren : {names}. Un SIREN compte neuf chiffres, dont le "
        "dernier est une clé de contrôle."
    ),
    "territory_overseas": (
        "Les communes d'outre-mer ({names}) ne sont pas téléchargées : leurs couches et leur "
        "projection sont autres. Déposez vos fichiers et nommez-les dans [entrees]."
    ),
    "territory_epci_unknown": (
        "Aucun EPCI ne porte le numéro {names} dans ADMIN EXPRESS : vérifiez le SIREN, ou donnez "
        "la liste des communes dans communes_insee."
    ),
    "territory_communes_unknown": (
        "Aucune commune ne porte les codes {names} dans ADMIN EXPRESS : vérifiez les codes INSEE."
    ),
    "source_unknown": "Source inconnue : {names}. Sources possibles : {known}.",
    "service_unknown": (
        "CADASTRE_SERVICES nomme un service inconnu : {names}. Services possibles : {known}."
    ),
    "service_override_malformed": (
        "CADASTRE_SERVICES contient « {piece} » : écrivez nom=https://adresse, séparés par des "
        "points-virgules."
    ),
    "manifest_unreadable": (
        "Le fichier {file} est illisible ({detail}) : effacez-le et relancez, les fichiers "
        "entiers seront reconnus."
    ),
    # disk
    "fetch_room": (
        "Il faut {needed_gb:.0f} Go de disque et il en reste {free_gb:.0f} : libérez de la place, "
        "ou laissez une source de côté."
    ),
    "fetch_disk_full": (
        "Il faut encore {needed_gb:.0f} Go de disque et il en reste {free_gb:.0f} : libérez de la "
        "place, puis relancez."
    ),
    "fetch_disk": "Écriture impossible dans {file} ({detail}) : vérifiez le disque et les droits.",
    # network
    "fetch_connection": "Le service ne répond pas ({detail}) : {url:.140}",
    "fetch_timeout": "Le service n'a pas répondu à temps : {url:.140}",
    "fetch_slow": "Réponse trop lente, {rate:.0f} octets par seconde : {url:.140}",
    "fetch_status": "Le service a répondu par une erreur (code {status}) : {url:.140} {detail:.200}",
    "fetch_truncated": "Réponse coupée : {size} octets reçus sur {expected}, {url:.140}",
    "fetch_range": "Le service a repris le fichier au mauvais endroit : {url:.140}",
    "fetch_foreign_address": (
        "L'index renvoie vers une adresse qui n'est d'aucun service connu, elle n'est pas "
        "suivie : {url:.140}"
    ),
    "fetch_given_up": ("Trop d'échecs de suite : le reste de cette source est remis à plus tard."),
    "fetch_needs": "Il faut d'abord : {name}.",
    # content
    "fetch_empty": "Réponse vide : {url:.140}",
    "fetch_page": "Une page web est arrivée à la place des données (« {detail} ») : {url:.140}",
    "fetch_exception": "Le service a rendu une erreur : « {detail:.200} », {url:.140}",
    "fetch_kind": "Ce n'est pas un fichier {kind} (il commence par « {detail} ») : {url:.140}",
    "fetch_corrupt": "Fichier {kind} coupé ou abîmé ({detail:.120}) : {url:.140}",
    "fetch_grid": (
        "{file} : l'image reçue ({found}) n'est pas celle qui était demandée ({expected})."
    ),
    "fetch_columns": (
        "{file} : il manque les colonnes {names} (présentes : {found}). Le service a changé de "
        "schéma : signalez-le, cadastre/sources/sources.toml est à mettre à jour."
    ),
    "fetch_rows": "{file} : {found} heures au lieu de {expected}.",
    "fetch_unexpected": "{file} : contenu que le programme ne sait pas lire ({detail:.160}).",
    "fetch_no_coverage": "{file} : le service n'a rien à cet endroit.",
    "wfs_incomplete": "{layer} : {found} objets reçus sur {expected} annoncés.",
    "delivery_absent": "Aucune livraison BD TOPO GeoPackage n'est annoncée pour {zone}.",
    "archive_layer_absent": "{file} ne contient pas les couches attendues (trouvé : {names}).",
}
