(function () {
  "use strict";
  var closed = [];
  function parts() { return Array.prototype.slice.call(document.querySelectorAll("details")); }
  window.addEventListener("beforeprint", function () {
    closed = parts().filter(function (part) { return !part.open; });
    closed.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (part) { part.open = false; });
    closed = [];
  });
  function openTarget() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var part = target && target.closest("details");
    if (part && !part.open) { part.open = true; target.scrollIntoView(); }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
  Array.prototype.forEach.call(document.querySelectorAll("pre.command"), function (command) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = command.getAttribute("data-copy");
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
})();
