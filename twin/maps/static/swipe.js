"use strict";
/* Two states side by side: a slider for pointer and keys. */
function twinSwipe(page) {
  const { say, map, find, fill, state } = page;
  /* ---- swipe ---- */
  const handle = find("#swipe");
  function clip() {
    const on = state.mode === "swipe", size = map.getSize();
    handle.hidden = !on;
    document.querySelectorAll(".side").forEach((node) => { node.hidden = !on; });
    find(".side.left").textContent = page.nameRun(page.today());
    find(".side.right").textContent = page.nameRun(page.chosen());
    const from = map.containerPointToLayerPoint([0, 0]), to = map.containerPointToLayerPoint(size);
    const x = from.x + size.x * state.split / 100;
    map.getPane("left").style.clip = on ? `rect(${from.y}px, ${x}px, ${to.y}px, ${from.x}px)` : "";
    map.getPane("right").style.clip = on ? `rect(${from.y}px, ${to.x}px, ${to.y}px, ${x}px)` : "";
    handle.style.left = state.split + "%";
    handle.setAttribute("aria-valuenow", Math.round(state.split));
    handle.setAttribute("aria-valuetext", fill(say.page_swipe_text, { left: page.nameRun(page.today()), right: page.nameRun(page.chosen()), n: Math.round(state.split) }));
  }
  map.on("move zoom resize", clip);
  const slide = (to) => { state.split = Math.min(100, Math.max(0, to)); clip(); };
  handle.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -20, PageUp: 20, Home: -100, End: 100 }[event.key];
    if (step) { slide(state.split + step); event.preventDefault(); }
  });
  handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); event.preventDefault(); });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) { return; }
    const box = find("#map").getBoundingClientRect();
    slide(100 * (event.clientX - box.left) / box.width);
  });

  Object.assign(page, { clip });
}
