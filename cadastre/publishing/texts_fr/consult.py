"""Words of the advisers' local page."""

from __future__ import annotations

from cadastre.publishing.texts_fr.numbers import count

PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cadastre solaire, conseillers</title>
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;
padding:0 1rem;color:#1b2733}}
input{{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}}
button{{font:inherit;padding:.5rem 1rem;margin-top:.5rem}}
.court{{width:5rem;padding:.2rem}}.court~button{{padding:.2rem .6rem;margin:0}}
li{{margin:.6rem 0}}small{{color:#52606d}}a{{color:#0b4f8a}}</style></head>
<body><h1>Cadastre solaire</h1><p>{title}</p>
<form action="/recherche"><label for="q">Adresse ou identifiant du bâtiment</label>
<input id="q" name="q" autofocus autocomplete="off"><button>Chercher</button></form>
{body}
<p><a href="/carte/">Ouvrir la carte</a></p></body></html>"""

RESULT = (
    '<li><a href="/fiche/{link}">{address}</a> <small>{building}</small><br>'
    '<a href="/carte/#batiment={link}">Sur la carte</a> · '
    '<a href="/heures/{link}" download="{link}.csv">Production heure par heure (CSV)</a>'
    '<form action="/fiche/{link}"><label>Fiche pour <input name="puissance" inputmode="decimal" '
    'class="court"> kWc <button>Voir</button></label></form></li>'
)

SENTENCES = {
    "absent": "Cette page n'existe pas.",
}


def search_heading(query: str, found: int, most: int) -> str:
    """Return how many buildings a search found."""
    if found == 0:
        return f"<p>Rien pour « {query} ». Essayez la rue seule, sans numéro.</p>"
    shown = f" (les {most} premiers)" if found > most else ""
    return f"<p>{count(found, 'bâtiment', 'bâtiments')} pour « {query} »{shown}</p>"
