/* What moves on the map: communes, roofs loaded as they come into view, panels. */
"use strict";
(function (C) {
  var roofs = {}, drawn = {}, opened = null, sharedRenderer = null;
  C.roofs = roofs; /* building_id -> {building, planes: [plane], layers: [path]} */

  /* Leaflet rounds vertices to whole pixels, which bends small roofs: keep the fractions. */
  var Sharp = L.Polygon.extend({
    _projectLatlngs: function (latlngs, result, bounds) {
      var map = this._map, origin = map.getPixelOrigin();
      if (latlngs[0] instanceof L.LatLng) {
        var ring = latlngs.map(function (latlng) {
          var point = map.project(latlng)._subtract(origin);
          bounds.extend(point);
          return point;
        });
        result.push(ring);
      } else {
        latlngs.forEach(function (part) { this._projectLatlngs(part, result, bounds); }, this);
      }
    }
  });

  /* The whole territory, beside the legend where there is room for both. */
  C.goHome = function () {
    var wide = C.map.getSize().x > 900;
    C.map.fitBounds(C.home, {
      paddingTopLeft: [wide ? 330 : 12, 12], paddingBottomRight: [wide ? 70 : 12, wide ? 12 : 60],
      animate: false
    });
  };

  C.openMap = function (container, view) {
    var territory = C.store.territory;
    var map = L.map(container, {
      zoomControl: false, maxZoom: view.max_zoom, minZoom: view.min_zoom, zoomSnap: 0.25,
      zoomDelta: 1, wheelPxPerZoomLevel: 90
    });
    map.attributionControl.setPrefix(C.say("attribution_prefix"));
    map.attributionControl.addAttribution(territory.attribution);
    [["relief", 340], ["communes", 350], ["emprises", 380], ["toits", 400], ["panneaux", 450]]
      .forEach(function (pane) { map.createPane(pane[0]).style.zIndex = pane[1]; });
    map.getPane("panneaux").style.pointerEvents = "none";
    map.getPane("relief").style.pointerEvents = "none";
    L.control.zoom({
      position: "topright", zoomInTitle: C.say("zoom_in"), zoomOutTitle: C.say("zoom_out")
    }).addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    var box = territory.bounds;
    C.home = L.latLngBounds([box[1], box[0]], [box[3], box[2]]);
    C.map = map;
    C.goHome();
    map.setMinZoom(Math.max(view.min_zoom, Math.min(map.getZoom(), view.roofs_min_zoom) - 1));
    map.setMaxBounds(C.home.pad(1.5));
    return map;
  };

  /* ------------------------------------------------------------------ communes */
  function communeColour(kwh) {
    var steps = C.store.territory.commune_steps, colours = C.store.territory.commune_colours;
    var rank = 0;
    while (rank < steps.length && kwh > steps[rank]) { rank += 1; }
    return colours[rank];
  }

  C.layers.territories = function (settings) {
    var group = L.layerGroup();
    C.store.territory.communes.forEach(function (commune) {
      if (!commune.outline.length) { return; }
      var shape = L.polygon(C.decode(commune.outline, [0, 0]), {
        pane: "communes", color: "#5b6b52", weight: 1.2, smoothFactor: 0.5,
        fillColor: communeColour(commune.advised_energy_kwh || 0), fillOpacity: 0.85
      });
      shape.bindTooltip(commune.name, {
        permanent: true, direction: "center", className: "nom-commune", interactive: false
      });
      shape.on("click", function (event) {
        L.popup({ maxWidth: 320, minWidth: 260 }).setLatLng(event.latlng)
          .setContent(C.territoryCard(commune)).openOn(C.map);
      });
      group.addLayer(shape);
    });
    function adapt() {
      var near = C.map.getZoom() >= settings.roofs_min_zoom;
      group.eachLayer(function (shape) {
        var box = shape.getBounds();
        var west = C.map.latLngToLayerPoint(box.getNorthWest());
        var east = C.map.latLngToLayerPoint(box.getSouthEast());
        shape.setStyle({ fillOpacity: near ? 0.3 : 0.85 });
        shape.getTooltip().setOpacity(!near && east.x - west.x > 90 ? 1 : 0);
      });
      C.map.getPane("communes").style.pointerEvents = near ? "none" : "";
      document.body.classList.toggle("pres", near);
      document.body.classList.toggle("tres-pres", C.map.getZoom() >= 17.5);
    }
    C.map.on("zoomend", adapt);
    group.on("add", adapt);
    return group;
  };

  C.layers.agglomerations = function () {
    var group = L.layerGroup();
    C.store.territory.agglomerations.forEach(function (item) {
      if (!item.outline.length) { return; }
      group.addLayer(L.polygon(C.decode(item.outline, [0, 0]), {
        pane: "communes", color: "#35402e", weight: 2.2, fill: false, interactive: false
      }));
    });
    return group;
  };

  /* --------------------------------------------------------------------- roofs */
  function inView(entry) {
    var box = entry.bounds;
    return C.map.getBounds().intersects([[box[1], box[0]], [box[3], box[2]]]);
  }

  function classColour(code) {
    return C.store.territory.class_colours[code] || "#c9c9c9";
  }

  function roofStyle(plane, building) {
    var doubt = building.status === "low_confidence";
    return {
      pane: "toits", renderer: sharedRenderer, smoothFactor: 0, color: "#4a4038", weight: 0.8,
      dashArray: doubt ? "4 3" : null, fillOpacity: 1, className: "pan",
      fillColor: classColour(plane.suitability_class || building.suitability_class)
    };
  }

  function footprintStyle() {
    return {
      pane: "emprises", renderer: sharedRenderer, smoothFactor: 0, color: "#8a8a86", weight: 0.8,
      fillColor: "#d5d4cf", fillOpacity: 1, className: "emprise"
    };
  }

  function emphasise(path, chosen) {
    var drawing = path.getElement && path.getElement(); /* none on a canvas */
    if (drawing) { drawing.classList.toggle("choisi", chosen); }
  }

  function select(id) {
    if (opened && roofs[opened]) {
      roofs[opened].layers.forEach(function (path) {
        path.setStyle(path.quiet);
        emphasise(path, false);
      });
    }
    opened = id;
    if (id && roofs[id]) {
      roofs[id].layers.forEach(function (path) {
        path.setStyle({ color: "#00344f", weight: C.map.getZoom() < 18 ? 1.4 : 2.6 });
        emphasise(path, true);
        if (path.bringToFront) { path.bringToFront(); }
      });
    }
  }
  C.select = select;

  function connect(path, id, group, quiet) {
    path.quiet = { color: quiet.color, weight: quiet.weight };
    path.on("click", function (event) {
      L.DomEvent.stopPropagation(event);
      C.openRoof(id, event.latlng);
    });
    if (C.hover) {
      path.bindTooltip(function () { return C.roofTooltip(id); }, { sticky: true, className: "bulle" });
    }
    roofs[id].layers.push(path);
    group.addLayer(path);
  }

  function draw(code, group) {
    var data = C.store.roofs[code];
    var planes = C.rows(data.planes);
    C.rows(data.buildings).forEach(function (building, rank) {
      var id = building.building_id, shape = C.decode(data.footprints[rank], data.origin);
      roofs[id] = { building: building, planes: [], layers: [], shape: shape };
      if (shape.length) {
        connect(new Sharp(shape, footprintStyle()), id, group, footprintStyle());
      }
    });
    planes.forEach(function (plane, rank) {
      var roof = roofs[plane.building_id];
      roof.planes.push(plane);
      var shape = C.decode(data.outlines[rank], data.origin);
      if (shape.length) {
        var style = roofStyle(plane, roof.building);
        connect(new Sharp(shape, style), plane.building_id, group, style);
      }
    });
  }

  C.ensure = function (entry) {
    return C.load("donnees/toits-" + entry.file + ".js").then(function () {
      if (!drawn[entry.code]) {
        drawn[entry.code] = true;
        draw(entry.code, C.roofGroup);
      }
    });
  };

  C.layers.roofs = function (settings) {
    var outer = L.layerGroup(), inner = L.layerGroup();
    sharedRenderer = settings.canvas ? L.canvas({ padding: 0.3, pane: "toits" }) : undefined;
    C.hover = window.matchMedia("(hover: hover)").matches;
    C.roofGroup = inner;
    function refresh() {
      if (!C.map.hasLayer(outer)) { return; }
      var near = C.map.getZoom() >= settings.roofs_min_zoom;
      if (near) {
        if (!outer.hasLayer(inner)) { outer.addLayer(inner); }
        C.store.territory.shards.filter(inView).forEach(C.ensure);
      } else if (outer.hasLayer(inner)) {
        outer.removeLayer(inner);
      }
    }
    C.map.on("moveend", refresh);
    outer.on("add", refresh);
    return outer;
  };

  /* ------------------------------------------------------------------- modules */
  C.layers.modules = function (settings) {
    var outer = L.layerGroup(), inner = L.layerGroup(), done = {};
    var renderer = L.canvas({ padding: 0.3, pane: "panneaux" });
    function place(code) {
      if (done[code]) { return; }
      done[code] = true;
      var data = C.store.modules[code];
      data.rectangles.forEach(function (shape) {
        inner.addLayer(new Sharp(C.decode(shape, data.origin), {
          pane: "panneaux", renderer: renderer, interactive: false, smoothFactor: 0,
          color: "#ffffff", weight: 0.7, fillColor: "#16324f", fillOpacity: 0.72
        }));
      });
    }
    function refresh() {
      if (!C.map.hasLayer(outer)) { return; }
      if (C.map.getZoom() < settings.modules_min_zoom) {
        outer.removeLayer(inner);
        return;
      }
      if (!outer.hasLayer(inner)) { outer.addLayer(inner); }
      C.store.territory.shards.filter(inView).forEach(function (entry) {
        if (!entry.modules) { return; }
        C.load("donnees/modules-" + entry.file + ".js").then(function () { place(entry.code); });
      });
    }
    C.map.on("moveend", refresh);
    outer.on("add", refresh);
    return outer;
  };

  /* ---------------------------------------------------------------- background */
  C.layers.relief = function (settings) {
    var box = settings.bounds;
    return L.imageOverlay(settings.image, [[box[1], box[0]], [box[3], box[2]]], {
      pane: "relief", alt: "", opacity: 0.8
    });
  };

  C.layers.basemap = function (settings) {
    return L.tileLayer(settings.url, {
      attribution: settings.attribution, maxNativeZoom: 19, maxZoom: 24
    });
  };
})(CADASTRE);
