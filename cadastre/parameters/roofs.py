"""Roof planes: fitting, merging, outlines, obstacles, quality."""

from __future__ import annotations

from dataclasses import dataclass

from cadastre.parameters._base import Group, quantity


@dataclass(frozen=True)
class Roofs(Group):
    """Roof planes: fitting, merging, outlines, obstacles, quality."""

    min_plane_area_m2: float = quantity(
        1.5, "m²", "Surface inclinée minimale d'un pan publié.", low=0.5, high=100.0
    )
    flat_tilt_deg: float = quantity(
        5.0,
        "°",
        "En dessous de cette inclinaison un pan est plat (azimut sans objet).",
        low=0.0,
        high=15.0,
    )
    sample_step_m: float = quantity(
        1.0, "m", "Pas des points de calcul sur les grands pans.", low=0.1, high=5.0
    )
    sample_edge_m: float = quantity(
        1.5,
        "m",
        "Bande le long des bords d'un grand pan où chaque pixel est un point de calcul.",
        low=0.0,
        high=10.0,
        source="scène de référence : au pied des murs la lumière change à chaque pixel",
    )
    sample_every_pixel_area_m2: float = quantity(
        50.0,
        "m²",
        "Surface projetée jusqu'à laquelle un pan reçoit un point par pixel.",
        low=0.0,
        high=10000.0,
    )
    window_margin_m: float = quantity(
        5.0,
        "m",
        "Bande examinée autour de l'emprise : débords, annexes, recalage.",
        low=1.0,
        high=20.0,
    )
    window_margin_share: float = quantity(
        0.4,
        "1",
        "Largeur de cette bande en part de la racine de la surface de l'emprise.",
        low=0.0,
        high=2.0,
    )
    window_margin_max_m: float = quantity(
        24.0,
        "m",
        "Plus grande largeur de cette bande, quand une annexe en sort.",
        low=2.0,
        high=50.0,
    )
    touching_m: float = quantity(
        0.5, "m", "Distance sous laquelle deux emprises sont mitoyennes.", low=0.0, high=3.0
    )
    wall_gap_m: float = quantity(
        0.05,
        "m",
        "Jeu ou chevauchement de deux emprises mitoyennes au-delà duquel chacune a son"
        " propre décalage.",
        low=0.0,
        high=1.0,
    )
    min_height_m: float = quantity(
        1.6,
        "m",
        "Hauteur au-dessus du sol à partir de laquelle un pixel peut être un toit.",
        low=0.5,
        high=5.0,
    )
    fit_window_m: float = quantity(
        2.5, "m", "Côté de la fenêtre des ajustements locaux.", low=0.75, high=6.0
    )
    fit_window_share: float = quantity(
        0.8,
        "1",
        "Part de pixels connus sans laquelle une fenêtre n'est pas ajustée.",
        low=0.3,
        high=1.0,
    )
    noise_low_m: float = quantity(
        0.04, "m", "Plus petit bruit d'altitude admis.", low=0.001, high=0.2
    )
    noise_high_m: float = quantity(
        0.10, "m", "Plus grand bruit d'altitude admis.", low=0.02, high=1.0
    )
    noise_factor: float = quantity(
        1.15, "1", "Rapport du bruit au résidu médian des meilleures fenêtres.", low=0.5, high=3.0
    )
    min_region_area_m2: float = quantity(
        1.25, "m²", "Surface projetée minimale d'une région plane.", low=0.25, high=20.0
    )
    seed_rmse_m: float = quantity(
        0.10, "m", "Résidu local sous lequel une région peut toujours naître.", low=0.01, high=0.5
    )
    seed_noise_factor: float = quantity(
        2.5,
        "1",
        "Résidu local, en bruits, sous lequel une région peut naître.",
        low=1.0,
        high=10.0,
    )
    grow_noise_factor: float = quantity(
        3.0, "1", "Écart au plan, en bruits, d'un pixel que la région absorbe.", low=1.0, high=10.0
    )
    grow_angle_deg: float = quantity(
        14.0,
        "°",
        "Angle au plan de la normale locale d'un pixel que la région absorbe.",
        low=2.0,
        high=45.0,
    )
    max_regions: int = quantity(
        400, "régions", "Nombre maximal de régions d'une fenêtre.", low=10, high=5000
    )
    merge_noise_factor: float = quantity(
        1.3,
        "1",
        "Écart supplémentaire, en bruits, que coûte au plus la fusion de deux pans.",
        low=0.2,
        high=5.0,
    )
    refit_rounds: int = quantity(
        3, "tours", "Alternances d'étiquetage et d'ajustement.", low=1, high=10
    )
    trim_noise_factor: float = quantity(
        2.5,
        "1",
        "Résidu, en bruits, au-delà duquel un pixel ne compte plus dans l'ajustement.",
        low=1.5,
        high=10.0,
    )
    label_sigma_m: float = quantity(
        0.06,
        "m",
        "Plus petit écart type d'un pixel à son pan dans l'étiquetage.",
        low=0.01,
        high=0.5,
    )
    label_smoothness: float = quantity(
        0.8, "1", "Coût d'un voisin d'un autre pan dans l'étiquetage.", low=0.0, high=10.0
    )
    label_outlier_cost: float = quantity(
        8.0, "1", "Coût d'un pixel sans pan dans l'étiquetage.", low=0.5, high=50.0
    )
    edge_step_m: float = quantity(
        0.35,
        "m",
        "Ressaut à partir duquel un pixel intermédiaire est une rampe d'interpolation.",
        low=0.1,
        high=2.0,
    )
    register_reach_m: float = quantity(
        1.75, "m", "Plus grand décalage d'emprise recherché.", low=0.0, high=5.0
    )
    register_drop_m: float = quantity(
        1.2, "m", "Chute de hauteur minimale au bord d'un toit.", low=0.5, high=5.0
    )
    register_edge_m: float = quantity(
        1.5, "m", "Longueur minimale d'un côté d'emprise qui sert au recalage.", low=0.5, high=10.0
    )
    register_prior_m: float = quantity(
        0.5, "m", "Écart type attendu du décalage d'une emprise.", low=0.01, high=5.0
    )
    register_radius_m: float = quantity(
        50.0,
        "m",
        "Distance des emprises voisines qui participent au recalage ; reste sous la"
        " bande de modèle de surface lue autour des bâtiments.",
        low=0.0,
        high=200.0,
    )
    register_touching_m: float = quantity(
        0.12,
        "m",
        "Écart type entre les décalages de deux emprises mitoyennes.",
        low=0.01,
        high=2.0,
    )
    register_apart_m: float = quantity(
        0.45,
        "m",
        "Écart type entre les décalages de deux emprises séparées.",
        low=0.01,
        high=5.0,
    )
    overhang_m: float = quantity(
        0.2, "m", "Débord attendu du toit au-delà de l'emprise.", low=0.0, high=2.0
    )
    overhang_spread_m: float = quantity(
        0.2, "m", "Écart type du débord d'un côté à l'autre.", low=0.01, high=2.0
    )
    overhang_max_m: float = quantity(
        0.8,
        "m",
        "Plus grand débord d'un toit au-delà de son emprise recalée (hors annexes).",
        low=0.0,
        high=3.0,
    )
    ramp_narrow_m: float = quantity(
        0.65,
        "m",
        "Largeur de rampe d'interpolation jusqu'à laquelle elle est à cheval sur la"
        " rive (pas de 0,5 m ou moins ; en proportion au-delà).",
        low=0.0,
        high=3.0,
        source="profils de rives, scènes simulées et IGN LiDAR HD",
    )
    ramp_wide_m: float = quantity(
        1.0,
        "m",
        "Largeur de rampe à partir de laquelle elle est hors de la rive.",
        low=0.1,
        high=5.0,
        source="profils de rives, scènes simulées et IGN LiDAR HD",
    )
    ramp_narrow_retreat_m: float = quantity(
        0.05, "m", "Recul de la rive depuis le milieu d'une rampe étroite.", low=0.0, high=1.0
    )
    ramp_wide_retreat_m: float = quantity(
        0.44, "m", "Recul de la rive depuis le milieu d'une rampe large.", low=0.0, high=2.0
    )
    ramp_typical_m: float = quantity(
        0.8, "m", "Largeur de rampe supposée quand aucune rive ne la montre.", low=0.0, high=3.0
    )
    outline_reach_m: float = quantity(
        1.0, "m", "Écart maximal d'une rive à sa position attendue.", low=0.1, high=3.0
    )
    outline_drop_m: float = quantity(
        0.8, "m", "Chute de hauteur minimale pour localiser une rive.", low=0.2, high=5.0
    )
    outline_misfit: float = quantity(
        0.12, "1", "Écart moyen admis du profil de rive à une rampe.", low=0.01, high=0.5
    )
    outline_edge_m: float = quantity(
        1.2, "m", "Longueur minimale d'un côté dont la rive est localisée.", low=0.25, high=10.0
    )
    outline_free_share: float = quantity(
        0.4, "1", "Part sans voisin d'un côté dont la rive est localisée.", low=0.05, high=1.0
    )
    eave_step_low_m: float = quantity(
        0.1,
        "m",
        "Plus petite chute d'une rive sur un toit plus bas qui la prolonge en ligne droite.",
        low=0.0,
        high=2.0,
    )
    eave_step_high_m: float = quantity(
        1.2,
        "m",
        "Plus grande chute d'une rive dont la rampe se confond avec la pente du toit.",
        low=0.1,
        high=5.0,
    )
    eave_reach_m: float = quantity(
        1.4,
        "m",
        "Distance au-delà d'une rive jusqu'à laquelle une limite de pans y est ramenée"
        " (pas de 0,5 m ou moins ; en proportion au-delà).",
        low=0.0,
        high=5.0,
        source="rampes d'un mètre hors des rives : scènes simulées et IGN LiDAR HD",
    )
    split_tolerance_px: float = quantity(
        0.85, "pixels", "Tolérance de découpe des limites entre pans.", low=0.3, high=5.0
    )
    line_tolerance_px: float = quantity(
        1.0,
        "pixels",
        "Distance d'une limite à l'intersection de ses deux plans.",
        low=0.1,
        high=5.0,
    )
    snap_angle_deg: float = quantity(
        12.0, "°", "Angle sous lequel une limite prend la direction des murs.", low=0.0, high=30.0
    )
    node_limit_m: float = quantity(
        1.0, "m", "Plus grand déplacement d'un sommet entre pans.", low=0.1, high=5.0
    )
    small_window_m: float = quantity(
        1.5, "m", "Côté de la fenêtre des ajustements locaux des petits pans.", low=0.5, high=6.0
    )
    small_angle_deg: float = quantity(
        18.0,
        "°",
        "Angle au plan de la normale locale d'un pixel d'un petit pan.",
        low=2.0,
        high=45.0,
    )
    annex_area_m2: float = quantity(
        5.0,
        "m²",
        "Surface mesurée minimale d'une annexe oubliée par l'emprise.",
        low=1.0,
        high=100.0,
    )
    annex_fill: float = quantity(
        0.6, "1", "Part de son rectangle qu'une annexe oubliée doit remplir.", low=0.3, high=1.0
    )
    annex_support: float = quantity(
        0.6,
        "1",
        "Part des pixels d'une annexe oubliée qui doivent suivre son plan.",
        low=0.3,
        high=1.0,
    )
    annex_tilt_deg: float = quantity(
        55.0, "°", "Inclinaison maximale d'une annexe oubliée.", low=5.0, high=85.0
    )
    annex_share: float = quantity(
        1.0,
        "1",
        "Plus grande surface d'une annexe oubliée, en part de l'emprise.",
        low=0.0,
        high=10.0,
    )
    annex_misfit: float = quantity(
        0.15,
        "1",
        "Écart moyen admis du profil de rive d'une annexe à une rampe.",
        low=0.01,
        high=0.5,
    )
    annex_edge_m: float = quantity(
        0.8, "m", "Écart admis d'une rive d'annexe à la limite de ses pixels.", low=0.1, high=3.0
    )
    annex_aligned_tilt_deg: float = quantity(
        15.0,
        "°",
        "Inclinaison à partir de laquelle une annexe doit suivre les murs.",
        low=0.0,
        high=90.0,
    )
    annex_turn_deg: float = quantity(
        15.0, "°", "Écart admis de l'azimut d'une annexe inclinée aux murs.", low=0.0, high=45.0
    )
    align_edge_m: float = quantity(
        2.0,
        "m",
        "Longueur minimale d'un mur dont un pan peut prendre l'orientation.",
        low=0.5,
        high=20.0,
    )
    align_noise_factor: float = quantity(
        3.0,
        "1",
        "Majoration du bruit d'un pixel : corrélation et erreurs d'étiquetage.",
        low=1.0,
        high=10.0,
    )
    align_spread_deg: float = quantity(
        0.7, "°", "Écart type de l'azimut d'un pan à la normale du mur.", low=0.05, high=10.0
    )
    align_sigmas: float = quantity(
        2.5,
        "1",
        "Écart, en écarts types, au-delà duquel un pan n'est pas aligné sur un mur.",
        low=0.5,
        high=10.0,
    )
    align_min_tilt_deg: float = quantity(
        2.0,
        "°",
        "Inclinaison à partir de laquelle un pan s'aligne sur les murs.",
        low=0.0,
        high=20.0,
    )
    obstacle_height_m: float = quantity(
        0.3,
        "m",
        "Hauteur au-dessus du pan à partir de laquelle un objet est un obstacle.",
        low=0.1,
        high=2.0,
    )
    obstacle_area_m2: float = quantity(
        0.5, "m²", "Surface minimale d'un obstacle.", low=0.05, high=5.0
    )
    chimney_area_m2: float = quantity(
        2.0,
        "m²",
        "Surface jusqu'à laquelle un obstacle est une souche de cheminée.",
        low=0.1,
        high=10.0,
    )
    parapet_width_m: float = quantity(
        1.2,
        "m",
        "Largeur jusqu'à laquelle un obstacle en bordure est un acrotère.",
        low=0.2,
        high=3.0,
    )
    vegetation_height_m: float = quantity(
        0.6,
        "m",
        "Hauteur au-dessus du pan à partir de laquelle un amas irrégulier est un arbre.",
        low=0.2,
        high=5.0,
    )
    vegetation_area_m2: float = quantity(
        4.0,
        "m²",
        "Surface à partir de laquelle un amas au-dessus du toit est un arbre.",
        low=0.5,
        high=50.0,
    )
    low_vegetation_share: float = quantity(
        0.4,
        "1",
        "Part du toit sous les arbres au-delà de laquelle le résultat est peu sûr.",
        low=0.0,
        high=1.0,
    )
    low_explained_share: float = quantity(
        0.7,
        "1",
        "Part du toit expliquée par ses pans sous laquelle le résultat est peu sûr.",
        low=0.0,
        high=1.0,
    )
    poor_rmse_m: float = quantity(
        0.15, "m", "Écart d'ajustement au-delà duquel un pan est mal connu.", low=0.02, high=1.0
    )
    steep_tilt_deg: float = quantity(
        70.0, "°", "Inclinaison au-delà de laquelle un pan est dit raide.", low=45.0, high=90.0
    )
    few_pixels: int = quantity(
        8, "mesures", "Nombre de mesures sous lequel un pan est mal connu.", low=3, high=200
    )
    roof_classes: tuple[int, ...] = quantity(
        (6, 67),
        "classes",
        "Classes LiDAR des toits (LiDAR HD, AHN).",
        low=0,
        high=255,
        source="IGN, LiDAR HD : 6 bâtiment, 67 divers bâti",
        free_length=True,
    )
    low_points_per_m2: float = quantity(
        2.0,
        "1/m²",
        "Densité de points sous laquelle le résultat est peu sûr.",
        low=0.1,
        high=20.0,
    )
    doubt_area_m2: float = quantity(
        7.5,
        "m²",
        "Surface mesurée sous laquelle un pan doit suivre un mur et bien s'ajuster.",
        low=0.0,
        high=100.0,
    )
    doubt_tilt_deg: float = quantity(
        8.0,
        "°",
        "Inclinaison à partir de laquelle un petit pan doit suivre un mur.",
        low=0.0,
        high=90.0,
    )
    doubt_turn_deg: float = quantity(
        6.0,
        "°",
        "Écart d'azimut au mur au-delà duquel un petit pan est écarté.",
        low=0.5,
        high=45.0,
    )
    doubt_rmse_m: float = quantity(
        0.1,
        "m",
        "Écart d'ajustement au-delà duquel un petit pan est écarté.",
        low=0.01,
        high=1.0,
    )
    doubt_noise_factor: float = quantity(2.0, "1", "Le même, en bruits.", low=1.0, high=10.0)
    least_pixels: int = quantity(
        4, "mesures", "Nombre de mesures sous lequel un pan est écarté.", low=3, high=50
    )
    facing_noise_factor: float = quantity(
        2.5,
        "1",
        "Écart, en bruits, d'un pixel à un petit pan supposé face à un mur.",
        low=1.0,
        high=10.0,
    )
    facing_share: float = quantity(
        0.7,
        "1",
        "Part des pixels d'un petit pan qui doivent suivre un plan face à un mur.",
        low=0.3,
        high=1.0,
    )
    facing_tilt_deg: float = quantity(
        75.0,
        "°",
        "Inclinaison maximale d'un petit pan supposé face à un mur.",
        low=30.0,
        high=89.0,
    )
    ground_classes: tuple[int, ...] = quantity(
        (2,),
        "classes",
        "Classes LiDAR du sol.",
        low=0,
        high=255,
        source="ASPRS : 2 sol",
        free_length=True,
    )
    point_reach_m: float = quantity(
        0.3,
        "m",
        "Distance au pan du modèle de surface des points qui l'ajustent d'abord.",
        low=0.05,
        high=2.0,
    )
    inner_area_m2: float = quantity(
        2.0,
        "m²",
        "Surface intérieure à partir de laquelle un pan s'ajuste sans ses bords.",
        low=0.25,
        high=50.0,
    )
    pitch_spread_deg: float = quantity(
        0.5,
        "°",
        "Écart type des inclinaisons des pans bâtis à une même pente.",
        low=0.05,
        high=10.0,
    )
    pitch_min_tilt_deg: float = quantity(
        20.0,
        "°",
        "Inclinaison à partir de laquelle les pans d'un toit partagent leurs pentes.",
        low=0.0,
        high=60.0,
    )
    pitch_noise_factor: float = quantity(
        1.5,
        "1",
        "Majoration du bruit d'un pixel dans la comparaison des pentes.",
        low=1.0,
        high=10.0,
    )
    pitch_sigmas: float = quantity(
        1.5,
        "1",
        "Écart, en écarts types, jusqu'auquel deux pans partagent une pente.",
        low=0.5,
        high=10.0,
    )
    facing_pixels: int = quantity(
        600,
        "pixels",
        "Plus grand groupe de pixels où un pan face à un mur est cherché.",
        low=8,
        high=1000,
    )
    facing_width_m: float = quantity(
        0.7,
        "m",
        "Largeur minimale, dans le sens de la pente, d'un pan trouvé ainsi.",
        low=0.1,
        high=5.0,
    )
    annex_min_footprint_m2: float = quantity(
        30.0,
        "m²",
        "Emprise en dessous de laquelle aucune annexe oubliée n'est cherchée.",
        low=0.0,
        high=200.0,
    )
    group_share: float = quantity(
        0.5,
        "1",
        "Part d'un groupe de pixels inexpliqués qu'un pan face à un mur doit expliquer.",
        low=0.2,
        high=1.0,
    )
    facing_rounds: int = quantity(
        2,
        "tours",
        "Recherches de pans face à un mur parmi les pixels inexpliqués.",
        low=0,
        high=5,
    )
    facing_least: int = quantity(
        6, "mesures", "Nombre minimal de mesures d'un pan trouvé face à un mur.", low=4, high=100
    )
    twin_tilt_deg: float = quantity(
        15.0,
        "°",
        "Inclinaison à partir de laquelle l'autre versant d'un petit pignon est cherché.",
        low=5.0,
        high=60.0,
    )
    twin_area_m2: float = quantity(
        8.0,
        "m²",
        "Plus grand pan dont l'autre versant est cherché (lucarnes).",
        low=1.0,
        high=50.0,
    )
    twin_reach_m: float = quantity(
        1.5, "m", "Distance à laquelle l'autre versant est cherché.", low=0.5, high=5.0
    )
    twin_least: int = quantity(
        4, "mesures", "Nombre minimal de mesures de l'autre versant.", low=3, high=50
    )
    twin_share: float = quantity(
        0.35,
        "1",
        "Mesures de l'autre versant, en part de celles du premier et de celles qui restent.",
        low=0.1,
        high=1.0,
    )
    courtyard_height_m: float = quantity(
        0.8,
        "m",
        "Hauteur au-dessus du sol sous laquelle une emprise est une cour.",
        low=0.1,
        high=3.0,
    )
    courtyard_core_m2: float = quantity(
        2.0, "m²", "Surface intérieure minimale d'une cour dans une emprise.", low=0.25, high=50.0
    )
    inner_points: int = quantity(
        30,
        "mesures",
        "Points intérieurs à partir desquels un pan s'ajuste sans ceux de ses bords.",
        low=4,
        high=1000,
    )
    node_damping: float = quantity(
        0.02,
        "1",
        "Poids de la position pixel d'un sommet face aux droites qui s'y croisent.",
        low=0.0001,
        high=1.0,
    )
    rim_core_share: float = quantity(
        0.08,
        "1",
        "Part de pixels intérieurs sous laquelle un pan plat est un acrotère ou une"
        " souche de cheminée.",
        low=0.0,
        high=0.5,
    )
    parapet_height_m: float = quantity(
        2.0,
        "m",
        "Hauteur au-dessus du toit plat voisin jusqu'à laquelle un pan étroit est un"
        " acrotère ou une souche.",
        low=0.3,
        high=5.0,
    )
