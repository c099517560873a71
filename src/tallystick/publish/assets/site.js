/* An extra: every page is complete without it. Buttons to copy, a field to filter long lists, tables opened for print. */
(function () {
  "use strict";
  var words = document.body.dataset;
  Array.prototype.forEach.call(document.querySelectorAll("pre"), function (block) {
    if (!navigator.clipboard || !window.isSecureContext) { return; }
    var button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(block.textContent).then(function () {
        button.textContent = words.copied;
        setTimeout(function () { button.textContent = words.copy; }, 2000);
      });
    });
    block.insertAdjacentElement("afterend", button);
  });
  var field = document.getElementById("filter");
  if (field) {
    var holder = field.parentNode;
    var status = holder.querySelector("[role=status]");
    holder.hidden = false;
    field.addEventListener("input", function () {
      var wanted = field.value.trim().toLowerCase();
      var shown = 0;
      Array.prototype.forEach.call(document.querySelectorAll(".group"), function (group) {
        var own = 0;
        Array.prototype.forEach.call(group.querySelectorAll("li"), function (line) {
          var fits = line.textContent.toLowerCase().indexOf(wanted) >= 0;
          line.hidden = !fits;
          own += fits ? 1 : 0;
        });
        group.hidden = own === 0;
        shown += own;
      });
      status.textContent = shown ? "" : field.dataset.none;
    });
  }
  var opened = [];
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details:not([open])"), function (one) {
      one.open = true;
      opened.push(one);
    });
  });
  window.addEventListener("afterprint", function () {
    opened.splice(0).forEach(function (one) { one.open = false; });
  });
}());
