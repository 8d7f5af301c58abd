"use strict";
/* Finding a street or an address; nothing of it leaves the page. */
function twinSearch(page) {
  const { twin, say, grid, map, find, element } = page;
  /* ---- search by street or address ---- */
  find("#search").addEventListener("submit", (event) => { event.preventDefault(); const first = find("#search li button"); if (first) { first.click(); } });
  let addresses = null;
  find("#search input").addEventListener("input", async (event) => {
    const wanted = event.target.value.trim().toLowerCase(), list = find("#search ul");
    list.replaceChildren();
    if (wanted.length < 2) { return; }
    addresses = addresses || { shapes: await twinPack.shapes(twin.search.shapes), codes: await twinPack.codes(twin.search.codes), texts: twin.search.texts };
    const seen = new Set();
    for (let i = 0; i < addresses.shapes.count && seen.size < 8; i += 1) {
      const text = page.textOf(addresses, i);
      if (!text.toLowerCase().includes(wanted) || seen.has(text)) { continue; }
      seen.add(text);
      const item = element("li"), button = element("button", text);
      button.type = "button";
      button.addEventListener("click", () => {
        const at = twinTiles.latlng(map, grid, ...twinTiles.middle(addresses.shapes, i));
        map.setView(at, 17, { animate: false });
        list.replaceChildren();
        find("#status").textContent = text;
        find("#map").scrollIntoView({ block: "nearest" });
        if (page.tell) { page.tell(text, at); }
      });
      item.append(button);
      list.append(item);
    }
    if (!seen.size) { list.append(element("li", say.page_not_found)); }
  });

}
