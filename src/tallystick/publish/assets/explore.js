/* Readers choose a measure, what is counted, of whom, where and when; rows are drawn from cells that were cleared before. */
(function () {
  "use strict";
  var root = document.getElementById("explore");
  var index = window.TALLYSTICK_INDEX;
  if (!root || !index) { return; }
  window.TALLYSTICK_CELLS = window.TALLYSTICK_CELLS || {};
  var say = root.dataset;
  var measures = index[say.lang] || [];
  var names = ["measure", "what", "group", "place", "year"];
  var at = { what: 0, group: 1, place: 2, from: 3, to: 4, low: 5, high: 6, whole: 7, unit: 8, status: 9 };
  var box = {};
  names.forEach(function (name) { box[name] = document.getElementById("x-" + name); });
  var rows = document.getElementById("x-rows");
  var shown = [];

  function option(select, value, text) {
    var one = document.createElement("option");
    one.value = value;
    one.textContent = text;
    select.appendChild(one);
  }
  function refill(select, pairs, wanted) {
    select.textContent = "";
    pairs.forEach(function (pair) { option(select, pair[0], pair[1]); });
    var known = pairs.some(function (pair) { return pair[0] === wanted; });
    select.value = known ? wanted : (pairs.length ? pairs[0][0] : "");
    select.disabled = pairs.length < 2;
  }
  function distinct(cells, place) {
    var seen = [];
    cells.forEach(function (cell) { if (seen.indexOf(cell[place]) < 0) { seen.push(cell[place]); } });
    return seen;
  }
  function fiscalYear(day) {
    var parts = day.split("-");
    return Number(parts[0]) + (Number(parts[1]) >= 10 ? 1 : 0);
  }
  function chosen() { return measures.filter(function (one) { return one.id === box.measure.value; })[0]; }
  function asked() {
    var found = {};
    location.hash.slice(1).split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut > 0) { try { found[part.slice(0, cut)] = decodeURIComponent(part.slice(cut + 1)); } catch (error) { return; } }
    });
    return found;
  }
  function load(done) {
    var one = chosen();
    if (!one) { return; }
    if (window.TALLYSTICK_CELLS[one.id]) { done(); return; }
    var script = document.createElement("script");
    script.src = say.root + encodeURIComponent(one.file) + ".js";
    script.addEventListener("load", done);
    document.head.appendChild(script);
  }
  function figure(value, unit) {
    if (value === null) { return ""; }
    if (unit === "fraction") { return (value * 100).toFixed(1) + "%"; }
    return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  }
  function drawn(tag, around) {
    var one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.keys(around).forEach(function (name) { one.setAttribute(name, around[name]); });
    return one;
  }
  function bar(low, high, end) {
    var svg = drawn("svg", { "class": "range", "aria-hidden": "true", focusable: "false" });
    function pct(value) { return (Math.min(Math.max(value / end, 0), 1) * 100).toFixed(2) + "%"; }
    svg.appendChild(drawn("rect", { "class": "track", y: "20%", width: "100%", height: "60%" }));
    svg.appendChild(drawn("rect", { "class": "known", y: "20%", width: pct(low), height: "60%" }));
    if (high - low > 1e-9) {
      svg.appendChild(drawn("rect", { "class": "open", x: pct(low), y: "20%", width: pct(high - low), height: "60%", fill: "url(#hatch)" }));
    }
    return svg;
  }
  function cellOf(row, tag, text, kind, label) {
    var one = document.createElement(tag);
    one.textContent = text;
    if (kind) { one.className = kind; }
    if (label) { one.dataset.label = label; }
    row.appendChild(one);
    return one;
  }
  function quoted(value) {
    var text = value === null || value === undefined ? "" : String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) { text = "'" + text; }
    return /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function draw() {
    var one = chosen();
    var heads = root.querySelectorAll("thead th");
    var cells = window.TALLYSTICK_CELLS[one.id] || [];
    shown = cells.filter(function (cell) {
      return cell[at.what] === box.what.value && cell[at.group] === box.group.value && cell[at.place] === box.place.value &&
        (box.year.value === "" || String(fiscalYear(cell[at.to])) === box.year.value);
    }).sort(function (a, b) { return a[at.to] < b[at.to] ? 1 : a[at.to] > b[at.to] ? -1 : a[at.from] < b[at.from] ? 1 : -1; });
    var end = 1;
    shown.forEach(function (cell) { if (cell[at.unit] !== "fraction" && cell[at.high] !== null) { end = Math.max(end, cell[at.high]); } });
    rows.textContent = "";
    shown.forEach(function (cell) {
      var row = document.createElement("tr");
      cellOf(row, "th", cell[at.from] === cell[at.to] ? cell[at.to] : cell[at.from] + " – " + cell[at.to]).scope = "row";
      if (cell[at.low] === null) {
        cellOf(row, "td", cell[at.status] === "suppressed" ? say.hidden : say.none, "none").colSpan = 4;
      } else {
        var low = figure(cell[at.low], cell[at.unit]), high = figure(cell[at.high], cell[at.unit]);
        if (low === high) { cellOf(row, "td", low, "number").colSpan = 2; } else {
          cellOf(row, "td", low, "number", heads[1].textContent);
          cellOf(row, "td", high, "number", heads[2].textContent);
        }
        cellOf(row, "td", "", "range").appendChild(bar(cell[at.low], cell[at.high], end));
        cellOf(row, "td", cell[at.whole] === null ? "" : cell[at.whole].toLocaleString("en-US"), "number", heads[4].textContent);
      }
      rows.appendChild(row);
    });
    document.getElementById("x-caption").textContent = one.title;
    document.getElementById("x-status").textContent = shown.length ? shown.length + " " + say.rows : say.none;
    document.getElementById("x-page").href = "measures/" + one.file + ".html";
    document.getElementById("x-command").textContent = "tallystick sql \"select * from cells where measure = '" + one.id + "'\"";
    var lines = [["measure", "what", "group", "place", "period_start", "period_end", "lower", "upper", "out_of", "unit", "status"]]
      .concat(shown.map(function (cell) { return [one.id].concat(cell); }));
    var csv = document.getElementById("x-csv");
    csv.href = "data:text/csv;charset=utf-8," + encodeURIComponent(lines.map(function (line) { return line.map(quoted).join(","); }).join("\n") + "\n");
    csv.download = one.file + ".csv";
    var state = names.map(function (name) { return name + "=" + encodeURIComponent(box[name].value); }).join("&");
    history.replaceState(null, "", "#" + state);
  }
  function refresh(from, wanted) {
    load(function () {
      var one = chosen(), cells = window.TALLYSTICK_CELLS[one.id] || [];
      function fits(upto) {
        return cells.filter(function (cell) {
          return upto.every(function (name) { return cell[at[name]] === box[name].value; });
        });
      }
      function title(map, value) { return map[value] || value.split(", ").map(function (part) { return map[part] || part; }).join(", ") || say.all; }
      if (from <= 1) { refill(box.what, distinct(cells, at.what).map(function (v) { return [v, title(one.what, v)]; }), wanted.what); }
      if (from <= 2) { refill(box.group, distinct(fits(["what"]), at.group).sort().map(function (v) { return [v, v ? title(one.groups, v) : say.all]; }), wanted.group || "All"); }
      if (from <= 3) { refill(box.place, distinct(fits(["what", "group"]), at.place).sort().map(function (v) { return [v, v || say.nation]; }), wanted.place); }
      if (from <= 4) {
        var years = fits(["what", "group", "place"]).map(function (cell) { return String(fiscalYear(cell[at.to])); });
        refill(box.year, [["", say.every]].concat(years.filter(function (y, n) { return years.indexOf(y) === n; }).sort().reverse().map(function (y) { return [y, "FY" + y]; })), wanted.year);
      }
      draw();
    });
  }
  var start = asked();
  refill(box.measure, measures.map(function (one) { return [one.id, one.title]; }), start.measure);
  root.hidden = false;
  names.forEach(function (name, number) {
    box[name].addEventListener("change", function () {
      var kept = {};
      names.forEach(function (other) { kept[other] = box[other].value; });
      refresh(number + 1, kept);
    });
  });
  window.addEventListener("hashchange", function () {
    var wanted = asked();
    if (wanted.measure) { box.measure.value = wanted.measure; }
    refresh(1, wanted);
  });
  refresh(1, start);
}());
