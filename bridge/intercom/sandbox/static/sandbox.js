"use strict";
// Asks for the part that changes once a second; what the server sends is escaped there.
const view = document.getElementById("view");
const pulse = document.getElementById("pulse");
pulse.hidden = false;

function texts() {
  return new Map([...view.querySelectorAll("article, li[id]")].map((e) => [e.id, e.textContent]));
}

function show(html) {
  const before = texts();
  const open = [...view.querySelectorAll("details[open]")].map((e) => e.id);
  view.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, text] of texts()) {
    if (before.get(id) !== text) document.getElementById(id).classList.add("fresh");
  }
}

async function look() {
  try {
    const mark = encodeURIComponent(view.dataset.mark);
    const answer = await fetch(`/_sandbox/view?mark=${mark}`, { cache: "no-store" });
    if (answer.status === 200) {
      const told = await answer.json();
      view.dataset.mark = told.mark;
      show(told.html);
    }
    pulse.textContent = "live";
    pulse.classList.remove("lost");
  } catch {
    pulse.textContent = "not reachable";
    pulse.classList.add("lost");
  }
  setTimeout(look, document.hidden ? 5000 : 1000);
}

setTimeout(look, 1000);
