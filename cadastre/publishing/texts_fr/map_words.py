"""Every phrase of the map; ``{name}`` is filled by the page's scripts."""

from __future__ import annotations

MAP_TITLE = "Cadastre solaire — {territory}"
MAP_DESCRIPTION = (
    "Potentiel photovoltaïque de chaque toit : {territory}. Production, ombres, incertitudes et "
    "date des données, bâtiment par bâtiment."
)
LAYER_NAMES = {
    "territories": "Communes (total par commune)",
    "agglomerations": "Limites des intercommunalités",
    "roofs": "Toits (classe A à E)",
    "modules": "Panneaux possibles",
    "relief": "Relief ombré du modèle de surface",
    "basemap": "Plan IGN (contacte les serveurs de l'IGN)",
}
NOTICE_MORE = "En savoir plus"
PLAN_LABEL = "Plan du toit, nord en haut : pans colorés par classe et panneaux possibles."
MAP_LABEL = "Carte des toits"
NOSCRIPT = (
    "Cette carte a besoin de JavaScript. Les mêmes chiffres sont dans les exports (GeoJSON, CSV)."
)
SUMMARY = "{buildings} bâtiments, dont {assessed} évalués : {energy}/an conseillés"
COMMUNE_TOTAL = "{name} : {energy}/an"
STEP_FIRST = "moins de {high}/an"
STEP_BETWEEN = "{low} à {high}/an"
STEP_LAST = "plus de {low}/an"
NO_CONTACT = "Cette page ne contacte aucun autre serveur, ne dépose"
CONTACT = (
    "Si vous allumez le plan IGN, votre navigateur contacte les serveurs de l'IGN ; sinon cette "
    "page ne contacte aucun autre serveur. Elle ne dépose"
)
BASEMAP_ATTRIBUTION = "Plan © IGN"

# phrases the scripts fill and show; keys are English, as all code
PHRASES = {
    # page
    "hint": "Touchez un toit pour voir ce qu'il peut produire.",
    "zoom_hint": "Approchez-vous pour voir les toits.",
    "zoom_in": "Zoom avant",
    "zoom_out": "Zoom arrière",
    "layers": "Choisir les couches",
    "close": "Fermer",
    "legend": "Légende",
    "legend_roofs": "Potentiel du toit",
    "legend_unassessed": "Non évalué",
    "legend_doubt": "À confirmer (contour tireté)",
    "legend_communes": "Production conseillée par commune",
    "load_failed": "Le fichier {file} n'a pas pu être chargé.",
    "attribution_prefix": "Leaflet",
    # search
    "search_label": "Chercher une adresse ou un bâtiment",
    "search_none": "Aucune adresse trouvée pour « {query} ».",
    "search_count": "{n} résultats",
    "search_one": "1 résultat",
    "search_building": "Bâtiment {id}",
    "search_area": "{area} m² au sol",
    # building
    "no_address": "Bâtiment sans adresse",
    "production": "Production conseillée",
    "per_year": "kWh/an",
    "advised_note": "installation conseillée : {modules} panneaux, {power} kWc",
    "technical_note": (
        "Potentiel technique, tous les pans possibles équipés : {modules} panneaux, {power} kWc, "
        "{energy} kWh/an."
    ),
    "p90": "9 chances sur 10 de dépasser {value} kWh/an",
    "more": "Pourquoi ? Est-ce sûr ?",
    "power": "Puissance",
    "modules": "Panneaux",
    "yield": "Productible",
    "yield_p90": "Productible dépassé 9 fois sur 10",
    "life": "Moyenne sur la durée de vie",
    "optimum_share": "Soleil des panneaux conseillés, en part du meilleur plan d'ici",
    "causes": "Ce qui élargit la fourchette",
    "thermal": "Et l'eau chaude solaire ?",
    "thermal_text": (
        "{area} m² de capteurs et un ballon de {tank} litres donneraient {heat} kWh/an de chaleur "
        "utile, soit {share} % de l'eau chaude (à raison de {litres} litres par jour)."
    ),
    "thermal_homes": "En tout, pour {homes} logements : une installation par logement.",
    "thermal_beside": (
        "Ils prendraient {roof} m² de toit, la place de {modules} panneaux. C'est l'un ou l'autre "
        "sur cette surface : photovoltaïque seul, {alone} kWh/an d'électricité ; photovoltaïque et "
        "eau chaude, {beside} kWh/an d'électricité et {heat} kWh/an de chaleur."
    ),
    "thermal_free": (
        "Ils tiendraient sur {roof} m² où aucun panneau conseillé n'est posé : l'électricité de "
        "l'installation conseillée resterait de {alone} kWh/an."
    ),
    "irradiation": "Soleil reçu, moyenne du toit",
    "shading": "Perte par les ombres",
    "class_of": "Classe {code} : {label}",
    "no_module": "Aucun panneau n'est proposé sur ce toit.",
    "room_doubt": (
        "Si la place manquait pour tous ces panneaux (cheminées, fenêtres, charpente), 9 chances "
        "sur 10 de dépasser {value} kWh/an."
    ),
    "months": "Mois par mois",
    "months_chart": "Production de chaque mois, de janvier à décembre : {values} kWh.",
    "months_note": "{share} % de la production entre avril et septembre.",
    # sheet
    "sheet": "Fiche du toit",
    "sheet_production": "Combien ?",
    "sheet_why": "Pourquoi ?",
    "sheet_sure": "Est-ce sûr ?",
    "sheet_planes": "Pan par pan",
    "sheet_next": "Et maintenant ?",
    "median": "médiane",
    "interval": "8 chances sur 10 d'être entre {low} et {high} kWh/an.",
    "interval_chart": "Intervalle de production : {low} à {high} kWh/an, médiane {mid}.",
    "planes_all": "{n} pans de toit",
    "plane": "Pan {k}",
    "flat": "à plat",
    "tilted": "{tilt}° vers {direction}",
    "col_plane": "Pan",
    "col_sun": "Soleil kWh/m²",
    "col_shade": "Ombres",
    "col_modules": "Panneaux",
    "col_energy": "kWh/an",
    "plane_name": "Pan {k}, {lie}, classe {code}",
    "plane_choose": "Montrer ce pan",
    "why_best": "Le meilleur plan possible ici",
    "why_unshaded": "Ce pan, sans aucune ombre",
    "why_received": "Ce pan, ombres comprises",
    "why_intro": "Soleil reçu par an sur le pan {k} ({lie}), en kWh/m² :",
    "why_causes": "Ce que chaque cause lui ôte par rapport au meilleur plan :",
    "why_orientation": "orientation et pente : {value} kWh/m² ({share} %)",
    "why_near": "ombres des arbres et bâtiments : {value} kWh/m² ({share} %)",
    "why_far": "relief au loin : {value} kWh/m² ({share} %)",
    "why_left": "en tout : {value} kWh/m² ({share} %)",
    "horizon": "Ce que ce pan voit du ciel",
    "horizon_chart": (
        "Ligne d'horizon vue du pan : plus haut obstacle {height}° vers {direction}. Les courbes "
        "sont les trajets du soleil."
    ),
    "horizon_note": (
        "En gris, ce qui cache le ciel. Quand la course du soleil passe dans le gris, le pan est "
        "à l'ombre."
    ),
    "horizon_self": "En bleu plus soutenu, le ciel que la pente du toit cache elle-même.",
    "june": "21 juin",
    "equinox": "équinoxes",
    "december": "21 déc.",
    "quality": "Qualité de la mesure",
    "source": "Forme du toit",
    "data_date": "Date des données",
    "fit": "Écart moyen entre le pan et les mesures",
    "usable": "Surface utile",
    "area": "Surface du toit",
    "area_pair": "{usable} m² sur {area} m²",
    "usage": "Usage",
    "identifier": "Identifiant",
    "vegetation": "Part du toit sous les arbres",
    "spread": "Fourchette",
    "width_p90": "La valeur P90 est {share} % sous la médiane.",
    "heritage": "Secteur protégé",
    "heritage_text": (
        "Ce bâtiment est dans un périmètre protégé ({name}). Un projet y demande l'avis de "
        "l'architecte des Bâtiments de France : renseignez-vous en mairie avant tout devis."
    ),
    "heritage_unnamed": "monument ou site",
    "next_text": (
        "Cette fiche n'est pas un devis. Avant de signer quoi que ce soit, demandez conseil au "
        "service public France Rénov' ou à votre intercommunalité : c'est gratuit et indépendant. "
        "Faites vérifier la charpente, et comparez plusieurs devis à ces chiffres."
    ),
    "next_unassessed": (
        "Le toit peut tout de même être intéressant : un installateur ou un conseiller peut le "
        "mesurer sur place."
    ),
    "print": "Imprimer la fiche",
    "unknown_date": "non renseignée",
    # territories
    "assessed": "{total} bâtiments : {n} évalués, {m} non évalués.",
    "installed_pv": (
        "Déjà raccordé : {n} installations, {power} kW (registre national, toitures et sol)."
    ),
    "installed_pv_one": (
        "Déjà raccordé : une installation, {power} kW (registre national, toitures et sol)."
    ),
    "installed_pv_none": "Aucune installation raccordée d'après le registre national.",
    "injected_pv": "Énergie photovoltaïque injectée en {year} : {energy}.",
    "by_usage": "Par usage",
    "col_usage": "Usage",
    "col_count": "Bâtiments",
    "total_note": (
        "avec l'installation conseillée de chaque toit évalué ; {technical}/an en équipant tous "
        "les pans possibles (potentiel technique)"
    ),
    "total_thermal": (
        "Avec les capteurs d'eau chaude de {area} m² en tout : {heat}/an de chaleur, et {energy}/an "
        "d'électricité au lieu de {alone}/an."
    ),
    "embedded_note": "Calculé avec le climat embarqué (Artois), faute de fichier météo : "
    "indicatif hors de l'Artois.",
    "fictitious_note": "Données fictives.",
}

ABOUT_TITLE = "Comment lire cette carte"
ABOUT_BUTTON = "Comment lire cette carte ?"
ABOUT_SHORT = "Aide"
ABOUT = (
    (
        "Que montrent les couleurs ?",
        (
            "Chaque pan de toit porte une classe de A (excellent) à E (peu adapté). La classe "
            "compare le soleil qu'il reçoit dans l'année, ombres comprises, au meilleur plan "
            "possible dans la région : un toit plein sud, bien incliné, sans aucune ombre.",
            "Un toit gris n'a pas été évalué : touchez-le pour savoir pourquoi.",
        ),
    ),
    (
        "D'où viennent les chiffres ?",
        (
            "La forme de chaque toit vient de mesures aériennes. Pour chaque point du toit, le "
            "logiciel calcule la ligne d'horizon (arbres, voisins, relief), puis l'énergie reçue "
            "heure par heure, puis ce que produiraient des panneaux réels posés sans dépasser.",
        ),
    ),
    (
        "Quelle confiance leur accorder ?",
        (
            "{p50_p90}",
            "L'intervalle est large quand des arbres sont proches, quand le pan est petit ou "
            "quand les données sont anciennes. La production par kilowatt posé (kWh/kWc) est plus "
            "sûre que la production totale, car celle-ci dépend de la surface réellement "
            "utilisable.",
        ),
    ),
    ("Ce que cette carte ne dit pas", ("{limits}",)),
    (
        "Vie privée",
        (
            "Cette page ne contacte aucun autre serveur, ne dépose aucun cookie et n'enregistre "
            "pas ce que vous cherchez. Elle ne contient aucun nom et aucune consommation.",
        ),
    ),
    ("Sources", ("{sources}",)),
)
