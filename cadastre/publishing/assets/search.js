/* Search of addresses and buildings: a combobox one can drive with the keyboard alone. */
"use strict";
(function (C) {
  var input, list, results = [], active = -1, index = null;
  var MOST = 8;
  var order = new Intl.Collator("fr", { numeric: true });

  function prepare() {
    return C.load("donnees/adresses.js").then(function () {
      if (!index) {
        var names = {};
        C.store.territory.shards.forEach(function (shard) {
          var commune = C.store.territory.communes.find(function (item) {
            return item.code === shard.code;
          });
          names[shard.file] = commune ? ", " + commune.name : "";
        });
        index = C.store.addresses.map(function (row) {
          var name = row[0] || C.say("search_building", { id: row[1] });
          var known = C.fold(name).indexOf(C.fold(names[row[2]])) >= 0;
          return { label: name + (known ? "" : names[row[2]]), id: row[1],
            file: row[2], place: [row[4], row[3]], detail: detail(row[5], row[6]),
            area: row[6] || 0,
            folded: " " + C.fold(row[0] + names[row[2]] + " " + row[1]) };
        });
      }
    });
  }

  /* What tells a building from its neighbours at the same address. */
  function detail(usage, area) {
    var parts = [];
    if (usage && usage !== "unknown") { parts.push(C.word("usage", usage).label); }
    if (area) { parts.push(C.say("search_area", { area: C.number(area) })); }
    return parts.join(", ");
  }

  /* Every word typed must begin a word of the address. */
  function matches(query) {
    var words = C.fold(query).split(" ").filter(Boolean);
    if (!words.length) { return []; }
    var found = [];
    for (var i = 0; i < index.length && found.length < 200; i += 1) {
      var item = index[i];
      if (words.every(function (word) { return item.folded.indexOf(" " + word) >= 0; })) {
        found.push(item);
      }
    }
    found.sort(function (a, b) { 
      return order.compare(a.label, b.label) || b.area - a.area;
    });
    return found.slice(0, MOST);
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function show() {
    list.replaceChildren();
    results.forEach(function (item, rank) {
      list.append(C.h("li", {
        id: "resultat-" + rank, role: "option", "aria-selected": String(rank === active),
        mousedown: function (event) { event.preventDefault(); go(item); }
      }, item.label, item.detail ? C.h("span", { class: "precision" }, " · " + item.detail) : null));
    });
    if (!results.length) {
      list.append(C.h("li", { class: "vide" }, C.say("search_none", { query: input.value })));
    }
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (active >= 0) {
      input.setAttribute("aria-activedescendant", "resultat-" + active);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function update() {
    if (!input.value.trim()) { close(); return; }
    prepare().then(function () {
      results = matches(input.value);
      active = -1;
      show();
      C.announce(results.length === 1 ? C.say("search_one") :
        C.say("search_count", { n: results.length }));
    });
  }

  function go(item) {
    close();
    input.value = item.label;
    input.blur();
    C.showBuilding(item);
  }

  /* Fly to a building of the index and open its popup. */
  C.showBuilding = function (item) {
    var entry = C.store.territory.shards.find(function (shard) { return shard.file === item.file; });
    C.map.setView(item.place, Math.max(C.map.getZoom(), 19), { animate: false });
    return C.ensure(entry).then(function () { C.openRoof(item.id); });
  };

  C.findBuilding = function (id) {
    return prepare().then(function () {
      var item = index.find(function (entry) { return entry.id === id; });
      return item ? C.showBuilding(item) : null;
    });
  };

  C.startSearch = function () {
    input = document.getElementById("recherche");
    list = document.getElementById("resultats");
    input.addEventListener("focus", prepare);
    input.addEventListener("input", update);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!results.length || list.hidden) { return; }
        var step = event.key === "ArrowDown" ? 1 : -1;
        active = (active + step + results.length) % results.length;
        show();
        event.preventDefault();
      } else if (event.key === "Enter" && results.length && !list.hidden) {
        go(results[Math.max(active, 0)]);
        event.preventDefault();
      } else if (event.key === "Escape") {
        close();
      }
    });
  };
})(CADASTRE);
