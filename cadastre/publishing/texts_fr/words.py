"""French phrases shared by exports, map, sheet and report."""

from __future__ import annotations

PRODUCT = "Cadastre solaire"
FICTITIOUS = "Données fictives"
FICTITIOUS_LONG = (
    "Quartier imaginaire, fabriqué pour la démonstration : ces toits, ces rues et ces communes "
    "n'existent pas."
)
EMBEDDED_CLIMATE = "Climat embarqué"
EMBEDDED_CLIMATE_BANNER = "Climat embarqué, indicatif hors de l'Artois"
FICTITIOUS_SHORT = "quartier imaginaire de démonstration"
EMBEDDED_CLIMATE_SHORT = "météo reconstituée de l'Artois, faute de fichier météo"
EMBEDDED_CLIMATE_LONG = (
    "Aucun fichier météo n'a été fourni : les calculs utilisent le climat de l'Artois embarqué "
    "dans le logiciel, reconstitué d'après des moyennes publiées. Ailleurs, les productions sont "
    "indicatives."
)
WEATHER_ORIGINS = {"embedded": "climat de l'Artois embarqué dans le logiciel"}
LICENCE_DEFAULT = "Licence Ouverte 2.0 (Etalab)"

# key of the territory file -> what it is called
ROLES = {
    "batiments": "Emprises des bâtiments",
    "mns": "Modèle de surface (altitudes des toits et des arbres)",
    "mnt": "Modèle de terrain",
    "lidar": "Points LiDAR",
    "modele_3d": "Maquette 3D",
    "relief": "Relief lointain",
    "meteo": "Météo",
    "communes": "Limites des communes",
    "adresses": "Adresses",
    "protections": "Périmètres protégés",
    "parkings": "Parcs de stationnement",
    "epci": "Limites des EPCI",
    "iris": "Quartiers statistiques (IRIS)",
    "parcelles": "Parcelles cadastrales",
    "rnb": "Référentiel national des bâtiments",
    "bdnb": "Base de données nationale des bâtiments",
    "index_lidar": "Index des dalles LiDAR HD",
    "friches": "Friches",
    "registre_pv": "Registre des installations photovoltaïques",
    "production_pv": "Production photovoltaïque injectée",
}

LIMITS = (
    "Ces résultats sont une estimation par télémesure, pas un devis ni une étude de faisabilité.",
    "L'état de la charpente, la nature de la couverture (amiante), le raccordement électrique et "
    "les règles d'urbanisme ne sont pas examinés.",
    "Les fenêtres de toit et les petits obstacles ne sont pas tous visibles dans les données.",
    "Un bâtiment construit ou modifié après la date des données n'est pas représenté comme il est "
    "aujourd'hui.",
    "Les panneaux déjà posés ne sont pas pris en compte.",
)

P50_P90 = (
    "La production annoncée est la valeur médiane (P50) : une chance sur deux de faire mieux. La "
    "valeur P90 est celle que l'on dépasse avec neuf chances sur dix, toutes incertitudes "
    "comprises : météo d'une année à l'autre, forme du toit, ombres, surface utilisable."
)
