/* What is said of a roof: tooltip, popup (the essential), sheet (why, how sure, what next). */
"use strict";
(function (C) {
  var h = C.h, say = C.say;

  function assessed(building) {
    return building.status === "computed" || building.status === "low_confidence";
  }

  function title(building) {
    return building.address || say("no_address");
  }

  function badge(code, large) {
    return h("span", {
      class: "classe classe-" + code + (large ? " grande" : ""), "aria-hidden": "true"
    }, code);
  }

  function figure(name, value, unit) {
    return h("div", { class: "mesure" },
      h("dt", {}, name),
      h("dd", {}, h("strong", {}, value),
        unit && value !== "—" ? h("span", {}, "\u00a0" + unit) : null));
  }

  /* One line under the pointer. */
  C.roofTooltip = function (id) {
    var building = C.roofs[id].building;
    if (!assessed(building)) { return C.word("status", building.status).label; }
    if (!building.module_count) { return say("no_module"); }
    var word = C.word("suitability_class", building.suitability_class);
    return building.suitability_class + " · " + word.label + " · " +
      C.unit(building.advised_energy_kwh, say("per_year"));
  };

  function verdict(building) {
    var code = building.suitability_class;
    if (!code) { return null; }
    if (!building.module_count) {
      return h("p", { class: "avis" }, say("no_module") + " " +
        C.word("suitability_reason", building.suitability_reason).explanation);
    }
    var word = C.word("suitability_class", code);
    var reason = C.word("suitability_reason", building.suitability_reason);
    return h("div", { class: "verdict" }, badge(code, true),
      h("div", {},
        h("p", { class: "verdict-mot" }, say("class_of", { code: code, label: word.label })),
        h("p", { class: "verdict-motif" }, reason.explanation || word.explanation)));
  }

  function notice(building) {
    if (building.status === "computed") { return null; }
    var reason = C.word("status_reason", building.status_reason);
    return h("p", { class: "avis" },
      h("strong", {}, C.word("status", building.status).label + "\u00a0: "),
      reason.explanation || reason.label);
  }

  function loss(planes) {
    var shaded = 0, open = 0;
    planes.forEach(function (plane) {
      if (plane.irradiation_unshaded_kwh_m2 && plane.irradiation_kwh_m2 !== null) {
        shaded += plane.irradiation_kwh_m2 * plane.area_sloped_m2;
        open += plane.irradiation_unshaded_kwh_m2 * plane.area_sloped_m2;
      }
    });
    return open > 0 ? 1 - shaded / open : null;
  }

  /* What 9 chances in 10 exceed, of the panels named; null where unknown. */
  function sure(building) {
    var low = building.sure_energy_kwh;
    return low === null || low === undefined ? null : low;
  }

  function headline(building) {
    if (!building.module_count) { return ""; }
    return h("div", {},
      h("p", { class: "chiffre" },
        h("strong", {}, C.number(building.advised_energy_kwh)),
        "\u00a0" + say("per_year")),
      h("p", { class: "chiffre-note" }, say("advised_note", {
        modules: C.number(building.advised_module_count),
        power: C.number(building.advised_capacity_kwp, 2) })),
      h("p", { class: "chiffre-note" },
        sure(building) === null ? null : say("p90", { value: C.number(sure(building)) })));
  }

  function figures(building, planes) {
    return h("dl", { class: "mesures" },
      figure(say("power"), C.number(building.advised_capacity_kwp, 2), "kWc"),
      figure(say("modules"), C.number(building.advised_module_count)),
      figure(say("yield"), C.number(building.advised_yield_kwh_per_kwp), "kWh/kWc"),
      figure(say("irradiation"), C.number(building.irradiation_kwh_m2), "kWh/m²"),
      figure(say("shading"), percent(loss(planes))),
      building.data_date ? figure(say("data_date"), C.date(building.data_date)) : null);
  }

  function percent(ratio) {
    return ratio === null || ratio === undefined ? "—" : C.unit(100 * ratio, "%");
  }

  /* ---------------------------------------------------------------------- popup */
  C.roofCard = function (id) {
    var roof = C.roofs[id], building = roof.building;
    var card = h("div", { class: "carte" }, h("h2", {}, title(building)));
    if (assessed(building)) {
      card.append(verdict(building) || "", headline(building), figures(building, roof.planes));
      if (building.advised_monthly_energy_kwh && building.module_count) {
        card.append(h("h3", {}, say("months")),
          C.charts.months(building.advised_monthly_energy_kwh));
      }
      card.append(notice(building) || "");
    } else {
      card.append(notice(building), h("p", {}, say("next_unassessed")));
    }
    card.append(h("button", {
      type: "button", class: "principal", click: function () { C.openSheet(id); }
    }, assessed(building) ? say("more") : say("sheet")));
    return card;
  };

  C.openRoof = function (id, place) {
    var roof = C.roofs[id];
    C.select(id);
    var size = C.map.getSize();
    var popup = L.popup({
      maxWidth: Math.min(330, size.x - 24), minWidth: Math.min(280, size.x - 24),
      maxHeight: Math.max(220, size.y - 40), autoPanPadding: [12, 12], className: "bulle-toit"
    });
    popup.setLatLng(place || L.polygon(roof.shape).getBounds().getCenter())
      .setContent(C.roofCard(id)).openOn(C.map);
    if (document.body.classList.contains("fiche-ouverte")) { C.openSheet(id, true); }
    C.mark(id);
  };

  /* The address bar keeps the roof, so that it can be shared or found again. */
  C.mark = function (id) {
    try {
      history.replaceState(null, "", id ? "#batiment=" + encodeURIComponent(id) : "#");
    } catch (refused) { /* some browsers refuse it for pages opened from disk */ }
  };

  /* ---------------------------------------------------------------------- sheet */
  function section(name) {
    var part = h("section", {}, h("h3", {}, name));
    for (var i = 1; i < arguments.length; i += 1) {
      if (arguments[i]) { part.append(arguments[i]); }
    }
    return part;
  }

  function technical(building) {
    return h("p", { class: "note" }, say("technical_note", {
      modules: C.number(building.module_count), power: C.number(building.capacity_kwp, 2),
      energy: C.number(building.annual_energy_kwh) }));
  }

  /* Collectors or modules: never both on the same square metre. */
  function hotWater(building) {
    var heat = building.thermal_energy_kwh;
    if (heat === null || heat === undefined) { return ""; }
    var alone = C.number(building.advised_energy_kwh);
    var beside = C.number(building.advised_energy_with_thermal_kwh);
    var facts = {
      area: C.number(building.collector_area_m2), tank: C.number(building.tank_litres),
      litres: C.number(building.hot_water_litres_per_day),
      heat: C.number(heat), share: C.number(100 * building.solar_fraction),
      roof: C.number(building.collector_roof_m2, 1), alone: alone, beside: beside,
      modules: C.number(building.displaced_module_count)
    };
    return section(say("thermal"), h("p", {}, say("thermal_text", facts)),
      building.module_count ? h("p", {},
        say(alone === beside ? "thermal_free" : "thermal_beside", facts)) : null);
  }

  function howMuch(building) {
    var p50 = building.advised_energy_kwh, p90 = sure(building), parts = [];
    if (building.module_count && p90 !== null) {
      var high = 2 * p50 - p90;
      parts.push(C.charts.interval(p90, p50, high));
      parts.push(h("p", {}, say("interval", { low: C.number(p90), high: C.number(high) })));
      if (building.advised_energy_p90_kwh !== null) {
        parts.push(h("p", { class: "note" },
          say("room_doubt", { value: C.number(building.advised_energy_p90_kwh) })));
      }
    }
    if (building.module_count) { parts.push(technical(building)); }
    var months = building.advised_monthly_energy_kwh;
    if (months && building.module_count) {
      var sum = months.reduce(function (a, b) { return a + b; }, 0);
      var summer = months.slice(3, 9).reduce(function (a, b) { return a + b; }, 0);
      parts.push(h("h4", {}, say("months")), C.charts.months(months, true));
      parts.push(h("p", { class: "note" },
        say("months_note", { share: C.number((100 * summer) / sum) })));
    }
    if (!building.module_count) { return ""; }
    return section.apply(null, [say("sheet_production"), headline(building)].concat(parts));
  }

  function bestPlane(planes) {
    return planes.reduce(function (best, plane) {
      return !best || (plane.annual_energy_kwh || 0) > (best.annual_energy_kwh || 0) ? plane : best;
    }, null);
  }

  function why(plane, k) {
    var best = plane.optimum_irradiation_kwh_m2, steps = [];
    var open = plane.irradiation_unshaded_kwh_m2, got = plane.irradiation_kwh_m2;
    if (best) { steps.push({ text: say("why_best"), value: best, kind: "idee" }); }
    if (open) { steps.push({ text: say("why_unshaded"), value: open, kind: "libre" }); }
    steps.push({ text: say("why_received"), value: got, kind: "recu" });
    var part = section(say("sheet_why"),
      h("p", {}, say("why_intro", { k: k, lie: C.lie(plane) })), C.charts.ladder(steps));
    if (best) {
      part.append(h("p", {}, say("why_causes")), h("ul", {},
        [["why_orientation", plane.orientation_loss_kwh_m2],
          ["why_near", plane.near_shading_loss_kwh_m2],
          ["why_far", plane.far_horizon_loss_kwh_m2],
          ["why_left", best - got]].map(function (cause) {
          return h("li", {}, say(cause[0], {
            value: C.number(0 - cause[1]), share: C.number((0 - 100 * cause[1]) / best) }));
        })));
    }
    if (plane.horizon_elevation_deg) {
      part.append(h("h4", {}, say("horizon")), C.charts.horizon(plane),
        h("p", { class: "note" }, say("horizon_note"),
          C.isFlat(plane) ? null : " " + say("horizon_self")));
    }
    return part;
  }

  function planeTable(planes, chosen, choose) {
    var body = h("tbody", {});
    planes.forEach(function (plane, rank) {
      var button = h("button", {
        type: "button", class: "lien", "aria-pressed": String(plane === chosen),
        title: say("plane_choose"),
        "aria-label": say("plane_name", { k: rank + 1, lie: C.lie(plane),
          code: plane.suitability_class || "—" }), click: function () { choose(plane); }
      }, String(rank + 1) + " · " + C.shortLie(plane));
      body.append(h("tr", { class: plane === chosen ? "choisi" : null },
        h("th", { scope: "row" },
          plane.suitability_class ? badge(plane.suitability_class) : null, button),
        h("td", {}, C.number(plane.irradiation_kwh_m2)),
        h("td", {}, percent(plane.shading_loss)),
        h("td", {}, C.number(plane.module_count)),
        h("td", {}, C.number(plane.annual_energy_kwh))));
    });
    var head = ["col_plane", "col_sun", "col_shade", "col_modules", "col_energy"];
    return h("div", { class: "defile", tabindex: "0", role: "region",
      "aria-label": say("sheet_planes") },
    h("table", {}, h("thead", {}, h.apply(null, ["tr", {}].concat(head.map(function (key) {
      return h("th", { scope: "col" }, say(key));
    })))), body));
  }

  function howSure(building, planes, plane) {
    var list = h("dl", { class: "liste" });
    function row(name, value) {
      if (value) { list.append(h("dt", {}, name), h("dd", {}, value)); }
    }
    var p50 = building.advised_energy_kwh, p90 = sure(building);
    if (plane) {
      var source = C.word("plane_source", plane.plane_source);
      var quality = C.word("quality_flag", plane.quality_flag);
      row(say("quality"), quality.label + ". " + quality.explanation);
      row(say("source"), source.explanation || source.label);
      if (plane.fit_rmse_m !== null && plane.fit_rmse_m !== undefined) {
        row(say("fit"), C.unit(100 * plane.fit_rmse_m, "cm"));
      }
    }
    row(say("data_date"), C.date(building.data_date));
    if (building.vegetation_share > 0.005) { row(say("vegetation"), percent(building.vegetation_share)); }
    if (building.usable_area_m2 !== null && planes.length) {
      row(say("usable"), say("area_pair", {
        usable: C.number(building.usable_area_m2), area: C.number(building.area_sloped_m2) }));
    }
    if (building.uncertainty_causes) {
      row(say("causes"), building.uncertainty_causes.split(",").map(function (code) {
        return C.word("uncertainty_cause", code).label;
      }).join(", "));
    }
    row(say("usage"), C.word("usage", building.usage).label);
    row(say("identifier"), building.building_id);
    var part = section(say("sheet_sure"));
    if (p50 && p90) {
      part.append(h("p", {}, say("width_p90", { share: C.number(100 * (1 - p90 / p50)) })));
    }
    if (C.store.territory.embedded_climate) {
      part.append(h("p", { class: "avis" }, say("embedded_note")));
    }
    part.append(list);
    return part;
  }

  C.openSheet = function (id, quiet) {
    var roof = C.roofs[id], building = roof.building, planes = roof.planes;
    var sheet = document.getElementById("fiche"), body = document.getElementById("fiche-corps");
    document.getElementById("fiche-titre").textContent = title(building);
    var chosen = bestPlane(planes);
    function fill() {
      body.replaceChildren();
      if (C.store.territory.fictitious) {
        body.append(h("p", { class: "avis imprime" }, say("fictitious_note")));
      }
      body.append(verdict(building) || "", notice(building) || "");
      if (building.heritage_flag) {
        body.append(h("p", { class: "avis" }, h("strong", {}, say("heritage") + "\u00a0: "),
          say("heritage_text", { name: building.heritage_name || say("heritage_unnamed") })));
      }
      if (assessed(building) && chosen) {
        body.append(howMuch(building), figures(building, planes),
          section(say("sheet_planes"), planeTable(planes, chosen, function (plane) {
            chosen = plane;
            fill();
            body.querySelector("[aria-pressed=true]").focus();
          })),
          why(chosen, planes.indexOf(chosen) + 1), hotWater(building));
      }
      body.append(howSure(building, planes, chosen), section(say("sheet_next"),
        h("p", {}, assessed(building) ? say("next_text") : say("next_unassessed")),
        h("button", { type: "button", click: function () { window.print(); } }, say("print"))));
    }
    fill();
    sheet.hidden = false;
    C.foldLegend(true);
    document.body.classList.add("fiche-ouverte");
    body.scrollTop = 0;
    C.mark(id);
    if (!quiet) {
      C.map.closePopup();
      C.select(id);
      C.map.invalidateSize({ pan: false });
      C.reveal(id);
      document.getElementById("fiche-titre").focus();
    }
  };

  C.closeSheet = function () {
    document.getElementById("fiche").hidden = true;
    document.body.classList.remove("fiche-ouverte");
    C.select(null);
    C.mark(null);
    C.map.invalidateSize({ pan: false });
  };

  /* Bring a roof into the part of the map that the sheet leaves visible. */
  C.reveal = function (id) {
    var shape = C.roofs[id].shape;
    if (!shape.length) { return; }
    C.map.fitBounds(L.polygon(shape).getBounds(), {
      maxZoom: Math.max(C.map.getZoom(), 19), padding: [40, 40], animate: false
    });
  };

  /* ---------------------------------------------------------------- territories */
  C.territoryCard = function (item) {
    var card = h("div", { class: "carte" }, h("h2", {}, item.name));
    card.append(h("p", { class: "chiffre" }, h("strong", {}, C.energy(item.advised_energy_kwh)),
      "/an"));
    card.append(h("p", { class: "chiffre-note" }, say("total_note", {
      technical: C.energy(item.annual_energy_kwh) })));
    card.append(h("dl", { class: "mesures" },
      figure(say("power"), C.number(item.advised_capacity_kwp), "kWc"),
      figure(say("yield"), C.number(item.advised_yield_kwh_per_kwp), "kWh/kWc"),
      figure(say("modules"), C.number(item.advised_module_count))));
    if (item.thermal_energy_kwh) {
      card.append(h("p", { class: "chiffre-note" }, say("total_thermal", {
        area: C.number(item.collector_area_m2), heat: C.energy(item.thermal_energy_kwh),
        energy: C.energy(item.advised_energy_with_thermal_kwh),
        alone: C.energy(item.advised_energy_kwh) })));
    }
    card.append(h("p", { class: "chiffre-note" }, say("assessed", {
      total: C.number(item.building_count), n: C.number(item.assessed_building_count),
      m: C.number(item.unassessed_building_count) })));
    if (typeof item.installed_pv_kw === "number") {
      var many = ["installed_pv_none", "installed_pv_one"][item.installed_pv_count];
      card.append(h("p", { class: "chiffre-note" }, say(many || "installed_pv", {
        n: C.number(item.installed_pv_count), power: C.number(item.installed_pv_kw) })));
    }
    if (typeof item.injected_pv_kwh === "number") {
      card.append(h("p", { class: "chiffre-note" }, say("injected_pv", {
        energy: C.energy(item.injected_pv_kwh), year: String(item.injected_pv_year) })));
    }
    if (item.advised_monthly_energy_kwh) {
      card.append(h("h3", {}, say("months")), C.charts.months(item.advised_monthly_energy_kwh));
    }
    if (item.usages && item.usages.length) {
      var body = h("tbody", {});
      item.usages.forEach(function (line) {
        body.append(h("tr", {}, h("th", { scope: "row" }, C.word("usage", line.usage).label),
          h("td", {}, C.number(line.building_count)),
          h("td", {}, C.energy(line.advised_energy_kwh))));
      });
      card.append(h("h3", {}, say("by_usage")), h("table", {}, h("thead", {}, h("tr", {},
        h("th", { scope: "col" }, say("col_usage")), h("th", { scope: "col" }, say("col_count")),
        h("th", { scope: "col" }, say("production")))), body));
    }
    return card;
  };
})(CADASTRE);
