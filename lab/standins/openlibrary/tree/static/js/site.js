// release @RELEASE@
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    var footer = document.querySelector("footer");
    if (footer) { footer.setAttribute("data-assets", "@RELEASE@"); }
  });
}());
// end of release @RELEASE@
