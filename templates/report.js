(function () {
  "use strict";
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function make(name, className, text) {
    var element = document.createElement(name);
    if (className) { element.className = className; }
    if (text) { element.textContent = text; }
    return element;
  }
  var sides = all("main");
  function side() { return sides.filter(function (one) { return getComputedStyle(one).display !== "none"; })[0] || sides[0]; }

  // Language: the switch itself is CSS; the script keeps the place, the title and the language of the document.
  all("input.choice").forEach(function (choice) {
    choice.addEventListener("change", function () {
      var shown = side(), other = sides.filter(function (one) { return one !== shown; })[0];
      document.documentElement.lang = shown.lang;
      document.title = shown.getAttribute("data-title");
      var theirs = all("details", other), ours = all("details", shown);
      ours.forEach(function (part, i) { if (theirs[i]) { part.open = theirs[i].open; } });
    });
  });

  // Printing unfolds everything and folds it again.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = all("details").filter(function (part) { return !part.open; });
    closed.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (part) { part.open = false; });
    closed = [];
  });

  // A link into a folded part opens it.
  function openTarget() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var part = target && target.closest("details");
    if (part && !part.open) { part.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();

  all(".scripted").forEach(function (tools) { tools.hidden = false; });
  all("button.theme").forEach(function (button) {
    button.addEventListener("click", function () {
      var root = document.documentElement, dark = root.getAttribute("data-theme");
      if (!dark) { dark = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"; }
      root.setAttribute("data-theme", dark === "dark" ? "light" : "dark");
    });
  });
  all("button.unfold").forEach(function (button) {
    button.addEventListener("click", function () {
      var parts = all("details", side()), open = parts.some(function (part) { return !part.open; });
      parts.forEach(function (part) { part.open = open; });
      var words = button.textContent;
      button.textContent = button.getAttribute("data-other");
      button.setAttribute("data-other", words);
    });
  });

  // Commands can be copied.
  all("pre.command").forEach(function (command) {
    var button = make("button", "", command.getAttribute("data-copy"));
    button.type = "button";
    button.addEventListener("click", function () {
      var range = document.createRange();
      range.selectNodeContents(command.firstChild);
      var selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
      button.style.opacity = ".5";
    });
    command.appendChild(button);
  });

  // Tables: a click on a heading sorts, a box above a long one filters. Figures sort by size, units included.
  var UNITS = { B: 1, KB: 1024, MB: 1048576, GB: 1073741824, TB: 1099511627776, ms: 0.001, s: 1, min: 60, h: 3600, d: 86400 };
  function weight(text) {
    var found = /^\s*<?\s*([-+]?[\d\s\u00a0\u202f]*\d(?:\.\d+)?)[\s\u00a0\u202f]*([A-Za-z]*)/.exec(text);
    return found ? parseFloat(found[1].replace(/[\s\u00a0\u202f]/g, "")) * (UNITS[found[2]] || 1) : NaN;
  }
  function compare(a, b) {
    var x = weight(a), y = weight(b), isDate = /^\s*\d{4}-\d\d-\d\d/;
    if (!isDate.test(a) && !isNaN(x) && !isNaN(y)) { return x - y; }
    if (!isDate.test(a) && isNaN(x) !== isNaN(y)) { return isNaN(x) ? 1 : -1; }
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function sortable(table) {
    var body = table.tBodies[0], heads = all("th", table);
    heads.forEach(function (head, column) {
      var button = make("button", "sort", head.textContent);
      button.type = "button";
      head.textContent = "";
      head.appendChild(button);
      button.addEventListener("click", function () {
        var now = head.getAttribute("aria-sort"), numbers = head.classList.contains("figures");
        var next = now ? (now === "ascending" ? "descending" : "ascending") : (numbers ? "descending" : "ascending");
        heads.forEach(function (one) { one.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", next);
        var rows = Array.prototype.slice.call(body.rows).map(function (row, at) {
          return { row: row, at: at, key: row.cells[column] ? row.cells[column].textContent : "" };
        });
        rows.sort(function (a, b) { return (next === "ascending" ? 1 : -1) * compare(a.key, b.key) || a.at - b.at; });
        rows.forEach(function (one) { body.appendChild(one.row); });
      });
    });
  }
  function filterable(table) {
    var box = make("input", "filter");
    box.type = "search";
    box.placeholder = table.getAttribute("data-filter");
    box.setAttribute("aria-label", box.placeholder);
    box.addEventListener("input", function () {
      var wanted = box.value.trim().toLowerCase();
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        row.hidden = wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0;
      });
    });
    table.parentNode.insertBefore(box, table);
  }
  all("table[data-filter]").forEach(function (table) {
    if (!table.tBodies[0]) { return; }
    var rows = table.tBodies[0].rows.length;
    if (rows > 1) { sortable(table); }
    if (rows > 5) { filterable(table); }
  });

  // Find: marks the paragraphs, rows and items that hold the words, opens what is folded, Enter goes on.
  all("input.find").forEach(function (box) {
    var hits = [], at = -1, status = box.parentNode.querySelector(".hits"), timer = 0;
    function clear() {
      hits.forEach(function (hit) { hit.classList.remove("found", "here"); });
      hits = []; at = -1; status.textContent = "";
    }
    function go(step) {
      if (!hits.length) { return; }
      if (hits[at]) { hits[at].classList.remove("here"); }
      at = (at + step + hits.length) % hits.length;
      var hit = hits[at], part = hit.closest("details");
      hit.classList.add("here");
      if (part) { part.open = true; }
      hit.scrollIntoView({ block: "center" });
      status.textContent = (at + 1) + " / " + hits.length;
    }
    function search() {
      clear();
      var wanted = box.value.trim().toLowerCase();
      if (wanted.length < 2) { return; }
      hits = all("h1, h2, h3, h4, p, li, tbody tr, dd, pre, figcaption", box.closest("main")).filter(function (one) {
        return one.textContent.toLowerCase().indexOf(wanted) >= 0 && !one.querySelector("li, p, pre, dd, tr");
      });
      hits.forEach(function (hit) { hit.classList.add("found"); });
      if (hits.length) { go(1); } else { status.textContent = status.getAttribute("data-none"); }
    }
    box.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(search, 150); });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); if (hits.length) { go(event.shiftKey ? -1 : 1); } else { search(); } }
      if (event.key === "Escape") { box.value = ""; clear(); }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      var box = side().querySelector("input.find");
      box.scrollIntoView({ block: "center" });
      box.focus();
    }
  });
})();
