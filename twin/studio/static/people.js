"use strict";
/* What people sent: read, publish or hide, answer, make a plan of it. */
function twinPeople(page) {
  const { say, map, find, element, fill } = page;
  const marks = L.layerGroup().addTo(map);

  async function people() {
    const found = await twinApi.get("/api/contributions");
    find("#waiting").textContent = found.new ? "(" + found.new + ")" : "";
    find("#people-said").textContent = fill(say.studio_people_count, { n: found.count, new: found.new });
    find("#people").replaceChildren(...found.contributions.map(row));
    marks.clearLayers();
    found.contributions.filter((one) => one.place).forEach((one) => { const shape = draw(one); if (shape) { shape.addTo(marks); } });
    document.body.dataset.people = found.count;
  }
  function draw(one) {
    const { type, coordinates } = one.place, look = { color: one.state === "hidden" ? "#767676" : "#b34700", weight: 3, interactive: false };
    const turn = ([lon, lat]) => [lat, lon];
    if (type === "Point") { return L.circleMarker(turn(coordinates), { ...look, radius: 7 }); }
    if (type === "LineString") { return L.polyline(coordinates.map(turn), look); }
    if (type === "Polygon") { return L.polygon(coordinates[0].map(turn), look); }
    return null;
  }
  function row(one) {
    const item = element("li", undefined, "said " + one.state), name = say["part_" + (one.kind === "reaction" ? "reaction_said" : one.kind)] || one.kind;
    item.append(element("strong", name + (one.topic ? ", " + one.topic : "")), element("span", say["studio_state_" + one.state], "state"));
    if (one.text) { item.append(element("p", one.text)); }
    Object.entries(one.answers).forEach(([question, answer]) => item.append(element("p", question + ": " + answer)));
    const buttons = element("div", undefined, "buttons small");
    const press = (text, act) => { const button = element("button", text); button.type = "button"; button.setAttribute("aria-label", text + ": " + (one.text || name).slice(0, 60)); button.addEventListener("click", () => act().catch((error) => page.faults(error.faults || [{ place: "", reason: error.message, advice: "" }]))); buttons.append(button); };
    if (one.state !== "public") { press(say.studio_let, () => judge(one, "public")); }
    if (one.state !== "hidden") { press(say.studio_hide, () => judge(one, "hidden")); }
    if (one.place) {
      press(say.studio_find, async () => { const shape = draw(one); if (shape) { map.fitBounds(L.featureGroup([shape.getBounds ? shape : L.marker(shape.getLatLng())]).getBounds().pad(1), { maxZoom: 17 }); } });
      press(say.studio_make_plan, () => propose(one));
    }
    item.append(buttons, reply(one));
    return item;
  }
  function reply(one) {
    const details = element("details"), form = element("form");
    details.append(element("summary", one.reply ? say.studio_answered : say.studio_answer));
    const field = (text, node, value) => { const label = element("label", text + " "); node.value = value; label.append(node); form.append(label); return node; };
    const text = field(say.studio_answer, document.createElement("textarea"), one.reply), changed = document.createElement("select");
    ["yes", "partly", "no"].forEach((name) => { const option = element("option", say["studio_changed_" + name]); option.value = name; changed.append(option); });
    field(say.studio_changed, changed, one.changed || "no");
    const why = field(say.studio_why, document.createElement("textarea"), one.why), button = element("button", say.studio_answer_keep);
    text.required = true; text.maxLength = why.maxLength = 4000;
    button.type = "submit";
    form.append(button);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try { await twinApi.post("/api/contributions/" + one.id + "/answer", { reply: text.value, changed: changed.value, why: why.value }); await people(); } catch (error) { page.faults(error.faults); }
    });
    details.append(form);
    return details;
  }
  async function judge(one, state) { await twinApi.post("/api/contributions/" + one.id + "/state", { state }); await people(); }
  async function propose(one) {
    const made = await twinApi.post("/api/contributions/" + one.id + "/plan", { name: "wish-" + one.id.slice(0, 8), start: Math.max(page.year + 1, new Date().getFullYear() + 1) });
    page.clock = performance.now();
    await page.openPlan(made.name);
    page.tab("plan");
  }
  Object.assign(page, { people });
}
