/* Charts as inline SVG: months, interval, horizon. Each says its content in words too. */
"use strict";
(function (C) {
  var s = C.svg;

  function picture(width, height, words, parts) {
    var root = s("svg", {
      viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": words, class: "graphique"
    });
    parts.forEach(function (part) { if (part) { root.append(part); } });
    return root;
  }

  function label(x, y, text, anchor, kind) {
    return s("text", { x: x, y: y, "text-anchor": anchor || "middle", class: kind || "" }, text);
  }

  function ceiling(value) {
    if (!(value > 0)) { return 1; }
    var power = Math.pow(10, Math.floor(Math.log10(value)));
    var step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(function (m) { return m * power >= value; });
    return step * power;
  }

  C.charts = {};

  /* Room for figures written at 10 px, the widest digits of common fonts included. */
  function room(texts) {
    return 6.4 * Math.max.apply(null, texts.map(function (text) { return text.length; })) + 6;
  }

  /* Tall: with an axis, for the sheet; otherwise only the best month is written, for the popup. */
  C.charts.months = function (values, tall) {
    var most = Math.max.apply(null, values), best = values.indexOf(most);
    var top = tall ? ceiling(most) : Math.max(most, 1e-9), head = tall ? 22 : 14;
    var shares = [0, 0.5, 1];
    var left = tall ? room(shares.map(function (share) { return C.number(top * share); })) : 2;
    var width = 320, height = tall ? 144 : 84, base = height - 14;
    var step = (width - left) / 12, parts = [];
    if (tall) {
      parts.push(label(left - 4, 10, "kWh", "end"));
      shares.forEach(function (share) {
        var y = base - share * (base - head);
        parts.push(s("line", { x1: left, x2: width, y1: y, y2: y, class: "grille" }));
        parts.push(label(left - 4, y + 3, C.number(top * share), "end"));
      });
    }
    values.forEach(function (value, month) {
      var size = Math.max((value / top) * (base - head), 0.5), x = left + month * step;
      var bar = s("rect", {
        x: x + step * 0.14, y: base - size, width: step * 0.72, height: size, rx: 1.5,
        class: month > 2 && month < 9 ? "barre" : "barre pale"
      });
      var title = C.store.territory.months[month] + "\u00a0: " + C.unit(value, "kWh");
      bar.append(s("title", {}, title));
      parts.push(bar);
      parts.push(label(x + step / 2, height - 2, C.store.territory.initials[month]));
    });
    if (!tall) {
      var middle = Math.min(Math.max(left + (best + 0.5) * step, 40), width - 40);
      parts.push(label(middle, 10, C.unit(most, "kWh"), "middle", "fort"));
    }
    var words = C.say("months_chart", {
      values: values.map(function (value) { return C.number(value); }).join(", ")
    });
    return picture(width, height, words, parts);
  };

  C.charts.interval = function (low, mid, high) {
    var width = 320, height = 58, end = high * 1.06, unit = C.say("per_year");
    var median = C.unit(mid, unit) + " (" + C.say("median") + ")";
    function x(value) { return 6 + (value / end) * (width - 12); }
    var parts = [
      s("line", { x1: x(0), x2: x(end), y1: 30, y2: 30, class: "axe" }),
      s("rect", { x: x(low), y: 22, width: x(high) - x(low), height: 16, rx: 8, class: "intervalle" }),
      s("line", { x1: x(mid), x2: x(mid), y1: 18, y2: 42, class: "mediane" }),
      label(x(0), 54, x(low) > 100 ? C.unit(0, unit) : "0", "start"),
      label(x(low), 54, C.number(low)),
      label(Math.min(x(mid), width - 0.5 * room([median])), 13, median, "middle", "fort"),
      label(Math.min(x(high), width - 0.5 * room([C.number(high)])), 54, C.number(high))
    ];
    var words = C.say("interval_chart", {
      low: C.number(low), mid: C.number(mid), high: C.number(high)
    });
    return picture(width, height, words, parts);
  };

  /* Bars of received sun: best plane here, this plane without shade, this plane. */
  C.charts.ladder = function (steps) {
    var width = 320, row = 34, height = steps.length * row;
    var top = Math.max.apply(null, steps.map(function (step) { return step.value; }));
    var parts = [];
    steps.forEach(function (step, rank) {
      var y = rank * row, size = (step.value / top) * (width - 52);
      parts.push(label(0, y + 11, step.text, "start"));
      parts.push(s("rect", {
        x: 0, y: y + 15, width: size, height: 13, rx: 2, class: "echelon " + step.kind
      }));
      parts.push(label(size + 5, y + 26, C.number(step.value), "start", "fort"));
    });
    var words = steps.map(function (step) {
      return step.text + "\u00a0: " + C.number(step.value);
    }).join("\u00a0; ");
    return picture(width, height, words, parts);
  };

  /* Elevation below which the sun stands behind the plane, in a direction. */
  function behind(plane, azimuth) {
    if (C.isFlat(plane)) { return 0; }
    var turn = ((azimuth - plane.surface_azimuth) * Math.PI) / 180;
    var slope = Math.tan((plane.surface_tilt * Math.PI) / 180);
    return (Math.atan(Math.max(0, -slope * Math.cos(turn))) * 180) / Math.PI;
  }

  /* Skyline from north-east to north-west, with the paths of the sun. */
  C.charts.horizon = function (plane) {
    var skyline = plane.horizon_elevation_deg, own = [];
    var width = 320, height = 150, base = height - 16, from = 40, to = 320, most = 70;
    function x(azimuth) { return ((azimuth - from) / (to - from)) * width; }
    function y(elevation) { return base - (Math.min(elevation, most) / most) * (base - 6); }
    var count = skyline.length, step = 360 / count, highest = 0, points = [];
    for (var azimuth = from; azimuth <= to; azimuth += 2) {
      var place = azimuth / step, low = Math.floor(place), share = place - low;
      var value = skyline[low % count] * (1 - share) + skyline[(low + 1) % count] * share;
      points.push(x(azimuth).toFixed(1) + "," + y(value).toFixed(1));
      own.push(x(azimuth).toFixed(1) + "," + y(behind(plane, azimuth)).toFixed(1));
    }
    skyline.forEach(function (value, rank) { if (value > skyline[highest]) { highest = rank; } });
    var parts = [
      s("rect", { x: 0, y: 0, width: width, height: base, class: "ciel" }),
      s("polygon", {
        points: "0," + base + " " + own.join(" ") + " " + width + "," + base, class: "derriere"
      })
    ];
    [20, 40, 60].forEach(function (elevation) {
      parts.push(s("line", { x1: 0, x2: width, y1: y(elevation), y2: y(elevation), class: "grille" }));
      parts.push(label(2, y(elevation) - 2, elevation + "°", "start"));
    });
    var paths = C.store.territory.sun, names = [];
    Object.keys(paths).forEach(function (name) {
      var line = paths[name].filter(function (p) { return p[0] >= from && p[0] <= to; });
      parts.push(s("polyline", {
        points: line.map(function (p) { return x(p[0]).toFixed(1) + "," + y(p[1]).toFixed(1); }).join(" "),
        class: "soleil"
      }));
      var noon = Math.max.apply(null, line.map(function (p) { return p[1]; }));
      names.push(label(x(180), y(noon) - 3, C.say(name), "middle", "fort"));
    });
    parts.push(s("polygon", {
      points: "0," + base + " " + points.join(" ") + " " + width + "," + base, class: "obstacle"
    }));
    parts = parts.concat(names);
    [[90, 2], [135, 3], [180, 4], [225, 5], [270, 6]].forEach(function (pair) {
      parts.push(label(x(pair[0]), height - 3, C.store.territory.compass_letters[pair[1]]));
    });
    var words = C.say("horizon_chart", {
      height: C.number(skyline[highest]), direction: C.compass(highest * step)
    });
    return picture(width, height, words, parts);
  };
})(CADASTRE);
