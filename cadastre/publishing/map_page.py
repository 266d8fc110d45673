"""The page of the map: folium with local assets only, no inline script, reproducible bytes.

folium writes its script inside the page; here it goes to ``assets/carte.js`` so that the page
can forbid inline scripts (Content-Security-Policy). What moves on the map is drawn by our own
scripts in ``assets/``; folium holds the map, its layers and their control together.
"""

from __future__ import annotations

from typing import Any

from branca.element import Element, Figure
from folium import LayerControl, Map
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

SCRIPTS = ("core", "charts", "sheet", "layers", "search", "page")


class SitePage(Figure):
    """An HTML page whose script stands in a file of its own."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="description" content="{{ this.description|e }}">
<title>{{ this.title|e }}</title>
<link rel="icon" href="assets/icone.svg" type="image/svg+xml">
{{ this.header.render(**kwargs) }}
</head>
<body>
{{ this.html.render(**kwargs) }}
<script src="assets/carte.js"></script>
</body>
</html>
"""
    )

    def __init__(self, title: str, description: str, policy: str) -> None:
        super().__init__(title=title)
        self.description = description
        self.policy = policy
        self.header._children.clear()  # folium's own charset tag; the page has one


class SiteMap(Map):
    """A Leaflet map with local scripts, between the page's header and its panels."""

    default_js = [  # noqa: RUF012 (folium reads a class list)
        ("leaflet", "assets/vendor/leaflet/leaflet.js"),
        *[(name, f"assets/{name}.js") for name in SCRIPTS],
        ("territoire", "donnees/territoire.js"),
    ]
    default_css = [  # noqa: RUF012
        ("leaflet_css", "assets/vendor/leaflet/leaflet.css"),
        ("site_css", "assets/site.css"),
    ]
    _template = Template(
        """
{% macro html(this, kwargs) %}{{ this.body }}{% endmacro %}
{% macro script(this, kwargs) %}
var {{ this.get_name() }} = CADASTRE.openMap(
    {{ this.container|tojson }}, {{ this.view|tojson }});
{% endmacro %}
"""
    )

    def __init__(self, container: str, body: str, view: dict[str, Any]) -> None:
        super().__init__(tiles=None)
        self.container = container
        self.body = body
        self.view = view


class SiteLayer(Layer):
    """A layer drawn by ``CADASTRE.layers.<kind>()``."""

    _template = Template(
        """
{% macro script(this, kwargs) %}
var {{ this.get_name() }} = CADASTRE.layers.{{ this.kind }}({{ this.settings|tojson }});
{% endmacro %}
"""
    )

    def __init__(
        self, kind: str, name: str, settings: dict[str, Any] | None = None, show: bool = True
    ) -> None:
        super().__init__(name=name, overlay=True, control=True, show=show)
        self._name = "SiteLayer"
        self.kind = kind
        self.settings = settings or {}


class Start(JSCSSMixin):
    """Last words of the script: everything is in place, the page may come alive."""

    _template = Template(
        """
{% macro script(this, kwargs) %}
CADASTRE.start({{ this._parent.get_name() }});
{% endmacro %}
"""
    )


def number_elements(root: Element) -> None:
    """Give every element of a tree a name that is the same in every run."""
    rank = 0
    waiting = [root]
    while waiting:
        element = waiting.pop(0)
        element._id = f"{rank:03d}"
        rank += 1
        waiting.extend(element._children.values())


def assemble(site_map: SiteMap, layers: list[SiteLayer], page: SitePage) -> tuple[str, str]:
    """Return the HTML of the page and the text of its script."""
    page.add_child(site_map)
    for layer in layers:
        site_map.add_child(layer)
    site_map.add_child(LayerControl(position="topright", collapsed=True))
    site_map.add_child(Start())
    number_elements(page)
    html = page.render()
    script = page.script.render()
    return _tidy(html), _tidy(script)


def _tidy(text: str) -> str:
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"
