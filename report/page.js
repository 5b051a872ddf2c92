
"use strict";
(function () {
  var words = document.getElementById("words");
  var wide = document.getElementById("wide");
  var shown = document.getElementById("shown");
  var rows = Array.prototype.slice.call(document.querySelectorAll("tbody tr"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function filter() {
    var asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    var left = 0;
    rows.forEach(function (row, i) {
      var fits = asked.every(function (word) { return texts[i].indexOf(word) >= 0; });
      row.hidden = !fits || (wide.checked && !row.hasAttribute("data-wide"));
      left += row.hidden ? 0 : 1;
    });
    var all = !asked.length && !wide.checked;
    shown.textContent = all ? "" : left + " of " + rows.length + " lines";
  }
  words.addEventListener("input", filter);
  wide.addEventListener("change", filter);
  filter();
})();
