// Draws what happens while the page is open. What comes is HTML that the server has escaped.
"use strict";
const MOST = 2000;
const told = document.getElementById("told");
const lanes = document.getElementById("lanes");
const query = new URLSearchParams(location.search);
query.set("after", told.dataset.after);
const source = new EventSource(told.dataset.events + "?" + query);

source.onopen = () => { told.textContent = "What comes is drawn at once."; };
source.onerror = () => { told.textContent = "The server does not answer."; };
source.onmessage = (message) => {
  const atEnd = innerHeight + scrollY >= document.body.scrollHeight - 40;
  lanes.insertAdjacentHTML("beforeend", message.data);
  if (lanes.childElementCount > MOST) lanes.children[1].remove();
  if (atEnd) scrollTo(0, document.body.scrollHeight);
};
// A party that has no lane yet.
source.addEventListener("lanes", () => { source.close(); location.reload(); });
source.addEventListener("behind", () => {
  source.close();
  told.textContent = "More came than this page could take. Load it again.";
});
