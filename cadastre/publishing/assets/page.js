/* The page around the map: buttons, legend, help, keyboard; starts everything. */
"use strict";
(function (C) {
  function legend() {
    var box = document.getElementById("legende");
    var button = document.getElementById("legende-bouton");
    function fold(folded) {
      box.classList.toggle("pliee", folded);
      button.setAttribute("aria-expanded", String(!folded));
    }
    button.addEventListener("click", function () { fold(!box.classList.contains("pliee")); });
    C.foldLegend = fold;
    fold(window.innerWidth < 700);
  }

  function help() {
    var dialog = document.getElementById("aide");
    document.querySelectorAll("[data-ouvre=aide]").forEach(function (button) {
      button.addEventListener("click", function () { dialog.showModal(); });
    });
    document.getElementById("aide-fermer").addEventListener("click", function () {
      dialog.close();
    });
    dialog.addEventListener("click", function (event) {
      if (event.target === dialog) { dialog.close(); }
    });
  }

  function summary() {
    var button = document.getElementById("bilan");
    if (!button) { return; }
    button.addEventListener("click", function () {
      C.goHome();
      L.popup({ maxWidth: 320, minWidth: 260 }).setLatLng(C.map.getCenter())
        .setContent(C.territoryCard(C.store.territory.whole)).openOn(C.map);
    });
  }

  function fromAddressBar() {
    var wanted = /^#batiment=(.+)$/.exec(location.hash);
    if (wanted) { C.findBuilding(decodeURIComponent(wanted[1])); }
  }

  C.start = function (map) {
    var control = document.querySelector(".leaflet-control-layers-toggle");
    if (control) {
      control.title = C.say("layers");
      control.setAttribute("aria-label", C.say("layers"));
    }
    map.on("popupopen", function (event) {
      document.body.classList.add("bulle-ouverte");
      var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
      if (close) { close.setAttribute("aria-label", C.say("close")); close.title = C.say("close"); }
    });
    map.on("popupclose", function () {
      document.body.classList.remove("bulle-ouverte");
      if (!document.body.classList.contains("fiche-ouverte")) { C.select(null); C.mark(null); }
    });
    document.getElementById("fiche-fermer").addEventListener("click", C.closeSheet);
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && document.body.classList.contains("fiche-ouverte")) {
        C.closeSheet();
      }
    });
    legend();
    help();
    summary();
    C.startSearch();
    map.fire("moveend");
    fromAddressBar();
    document.body.classList.add("prete");
  };
})(CADASTRE);
