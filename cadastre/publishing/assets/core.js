/* Ground of the page: data received from script files, French figures, small DOM builders. */
"use strict";
var CADASTRE = (function () {
  var store = { roofs: {}, modules: {} };
  var waiting = {};
  var api = { layers: {}, store: store };

  /* Called by every data file. */
  api.receive = function (kind, data) {
    if (kind === "roofs" || kind === "modules") {
      store[kind][data.code] = data;
    } else {
      store[kind] = data;
    }
  };

  /* Load a data file once; a script tag works from disk as from a server. */
  api.load = function (path) {
    if (!waiting[path]) {
      waiting[path] = new Promise(function (resolve, reject) {
        var tag = document.createElement("script");
        tag.src = path;
        tag.onload = resolve;
        tag.onerror = function () {
          delete waiting[path];
          api.announce(api.say("load_failed", { file: path }));
          reject(new Error(path));
        };
        document.head.appendChild(tag);
      });
    }
    return waiting[path];
  };

  /* Phrase of the dictionary with its blanks filled. */
  api.say = function (key, facts) {
    var text = store.territory.phrases[key];
    return text.replace(/\{(\w+)\}/g, function (_, name) { return facts[name]; });
  };

  /* Label and explanation of a code of a column. */
  api.word = function (column, code) {
    var known = store.territory.codes[column] || {};
    return known[code] || { label: String(code || "—"), explanation: "" };
  };

  var formats = {};
  api.number = function (value, decimals) {
    if (value === null || value === undefined || isNaN(value)) { return "—"; }
    decimals = decimals || 0;
    if (!formats[decimals]) {
      formats[decimals] = new Intl.NumberFormat("fr-FR", {
        minimumFractionDigits: decimals, maximumFractionDigits: decimals
      });
    }
    return formats[decimals].format(value).replace(/^-/, "\u2212");
  };

  api.unit = function (value, unit, decimals) {
    var text = api.number(value, decimals);
    return text === "—" ? text : text + "\u00a0" + unit;
  };

  /* Large energies in the unit that reads best. */
  api.energy = function (kwh) {
    if (kwh === null || kwh === undefined) { return "—"; }
    if (Math.abs(kwh) < 1e5) { return api.unit(kwh, "kWh"); }
    if (Math.abs(kwh) < 1e7) { return api.unit(kwh / 1e3, "MWh"); }
    return api.unit(kwh / 1e6, "GWh", Math.abs(kwh) < 1e9 ? 1 : 0);
  };

  api.compass = function (azimuth) {
    return store.territory.compass[Math.round(azimuth / 45) % 8];
  };

  api.isFlat = function (plane) {
    return plane.surface_azimuth === null || plane.surface_azimuth === undefined;
  };

  api.shortLie = function (plane) {
    if (api.isFlat(plane)) { return api.say("flat"); }
    return api.number(plane.surface_tilt) + "°\u00a0" +
      store.territory.compass_letters[Math.round(plane.surface_azimuth / 45) % 8];
  };

  api.lie = function (plane) {
    if (api.isFlat(plane)) { return api.say("flat"); }
    var direction = api.compass(plane.surface_azimuth);
    direction = (/^[eo]/.test(direction) ? "l\u2019" : "le ") + direction;
    return api.say("tilted", { tilt: api.number(plane.surface_tilt), direction: direction });
  };

  /* Dates arrive as ISO text; years and months alone are common. */
  api.date = function (text) {
    var parts = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(text || "");
    if (!parts) { return text || api.say("unknown_date"); }
    var words = [];
    if (parts[3]) { words.push(parts[3] === "01" ? "1er" : String(Number(parts[3]))); }
    if (parts[2]) { words.push(store.territory.months[Number(parts[2]) - 1]); }
    words.push(parts[1]);
    return words.join(" ");
  };

  /* Fold case, accents and ligatures, for search. */
  api.fold = function (text) {
    return text.toLowerCase().replace(/œ/g, "oe").replace(/æ/g, "ae")
      .normalize("NFD").replace(/[\u0300-\u036f]/g, "")
      .replace(/[^a-z0-9]+/g, " ").trim();
  };

  /* h("p", {class: "x"}, "text", child): text is never read as HTML. */
  function build(element, attributes, children) {
    Object.keys(attributes || {}).forEach(function (name) {
      var value = attributes[name];
      if (typeof value === "function") {
        element.addEventListener(name, value);
      } else if (value !== null && value !== undefined && value !== false) {
        element.setAttribute(name, value === true ? "" : value);
      }
    });
    children.forEach(function (child) {
      if (child !== null && child !== undefined && child !== false) {
        element.append(child);
      }
    });
    return element;
  }
  api.h = function (tag, attributes) {
    return build(document.createElement(tag), attributes, Array.prototype.slice.call(arguments, 2));
  };
  api.svg = function (tag, attributes) {
    var element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    return build(element, attributes, Array.prototype.slice.call(arguments, 2));
  };

  /* Rows of a columnar table as objects. */
  api.rows = function (table) {
    return table.rows.map(function (row) {
      var item = {};
      table.columns.forEach(function (name, rank) { item[name] = row[rank]; });
      return item;
    });
  };

  /* Rings of differences in 1e-7 degree, back to Leaflet's [[[lat, lon]...]]. */
  api.decode = function (polygons, origin) {
    return polygons.map(function (rings) {
      return rings.map(function (flat) {
        var x = origin[0], y = origin[1], ring = [];
        for (var i = 0; i < flat.length; i += 2) {
          x += flat[i];
          y += flat[i + 1];
          ring.push([y / 1e7, x / 1e7]);
        }
        return ring;
      });
    });
  };

  /* Say something to those who do not see the screen, and show it a moment. */
  api.announce = function (text) {
    var place = document.getElementById("annonce");
    place.textContent = text;
  };

  return api;
})();
