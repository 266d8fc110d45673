"""What other programs say in English of a file, in French: GDAL, TOML, the operating system."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (
    # GDAL, OGR and rasterio
    (r"Read failed\. See previous exception for details\.?", "lecture interrompue"),
    (r";?\s*It might help to specify the correct driver explicitly.*", ""),
    (r"\s*not recognized as (?:being in )?a supported file format\.?", " : format non reconnu"),
    (r"(?:;\s*)?See previous exception for details\.?", ""),
    (r"No such file or directory", "fichier ou dossier introuvable"),
    (r"Permission denied", "accès refusé"),
    (r"No space left on device", "plus de place sur le disque"),
    (r"Address already in use", "adresse déjà prise"),
    (r"Connection refused", "connexion refusée"),
    (r"timed out", "délai dépassé"),
    (r"File is not a zip file", "ce n'est pas une archive zip"),
    (r"Is a directory", "c'est un dossier"),
    # tomllib
    (r"Expected '=' after a key in a key/value pair", "« = » attendu après une clé"),
    (r"Expected newline or end of document after a statement", "fin de ligne attendue"),
    (r"Expected '\]' at the end of a table declaration", "« ] » attendu après un nom de section"),
    (r"Expected '\]\]' at the end of an array declaration", "« ]] » attendu après un nom"),
    (r"Expected '(.*?)'", r"« \1 » attendu"),
    (r"Invalid statement", "instruction incorrecte"),
    (r"Invalid initial character for a key part", "caractère interdit au début d'une clé"),
    (r"Invalid date or datetime", "date incorrecte"),
    (r"Invalid hex value", "valeur hexadécimale incorrecte"),
    (r"Invalid value", "valeur incorrecte (un texte se met entre guillemets)"),
    (r"Illegal character (.*?)(?= \(at|$)", r"caractère interdit \1"),
    (r"Unclosed array", "liste non fermée"),
    (r"Unclosed inline table", "table non fermée"),
    (r"Unterminated string", "texte sans guillemet fermant"),
    (r"Cannot overwrite a value", "clé donnée deux fois"),
    (r"Cannot declare (.*?) twice", r"section \1 donnée deux fois"),
    (r"\(at line (\d+), column (\d+)\)", r"(ligne \1, colonne \2)"),
    (r"\(at end of document\)", "(fin du fichier)"),
)
_SAID = tuple((re.compile(english), french) for english, french in _WORDS)


def french_detail(text: str) -> str:
    """Return what a library said of a file, its common phrases in French.

    Unknown words stay as they are; the sentences of the errors set them in brackets.

    >>> french_detail("Invalid statement (at line 3, column 1)")
    'instruction incorrecte (ligne 3, colonne 1)'
    """
    for english, french in _SAID:
        text = english.sub(french, text)
    return text.strip(" ;.")
