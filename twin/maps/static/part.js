"use strict";
/* Taking part: pins, a drawn wish, for or against, a questionnaire. Nothing is stored or sent by
   the page itself: people save a file, or write a mail; where a studio serves the page, they may send
   it there. */
function twinPart(page) {
  const { twin, say, map, find, element, fill, state } = page;
  const about = twin.consultation;
  if (!about) { return; }
  const box = find("#part"), given = [];
  let place = null, mark = null, drawing = null;

  find("#part-status").textContent = fill(say["part_" + about.status], { from: about.opens, to: about.closes });
  if (about.channel) {
    const link = element("a", say.part_channel);
    Object.assign(link, { href: about.channel, rel: "noopener noreferrer" });
    find("#part-status").append(" ", link);
  }
  const kind = find("#part-kind"), topic = find("#part-topic"), text = find("#part-text"), list = find("#part-given");
  for (const name of ["comment", "idea", "wish"]) { const option = element("option", say["part_" + name]); option.value = name; kind.append(option); }
  for (const name of ["", ...about.topics]) { const option = element("option", name); option.value = name; topic.append(option); }
  find("#part-topics").hidden = !about.topics.length;

  /* ---- where ---- */
  function show(shape) {
    if (mark) { map.removeLayer(mark); mark = null; }
    place = shape;
    if (!shape) { return; }
    const line = { color: "#000", weight: 3, dashArray: "2 5" };
    mark = shape.type === "Point" ? L.circleMarker([shape.coordinates[1], shape.coordinates[0]], { radius: 9, color: "#000", weight: 3, fillColor: "#ffd23f", fillOpacity: 1 })
      : L.polyline(shape.coordinates.map(([lon, lat]) => [lat, lon]), line);
    mark.addTo(map);
  }
  const pair = (at) => [Number(at.lng.toFixed(6)), Number(at.lat.toFixed(6))];
  function tell(said) { find("#part-where").textContent = said; }
  find("#part-pin").addEventListener("click", () => {
    drawing = null;
    show({ type: "Point", coordinates: pair(map.getCenter()) });
    tell(say.part_pinned);
  });
  find("#part-draw").addEventListener("click", () => {
    drawing = drawing ? null : [];
    find("#part-draw").setAttribute("aria-pressed", String(Boolean(drawing)));
    tell(drawing ? say.part_drawing : "");
    if (drawing) { find("#map").scrollIntoView({ block: "nearest" }); }
  });
  find("#part-corner").addEventListener("click", () => corner(map.getCenter()));
  find("#part-clear").addEventListener("click", () => { drawing = null; show(null); tell(""); find("#part-draw").setAttribute("aria-pressed", "false"); });
  function corner(at) {
    drawing = drawing || [];
    if (drawing.length >= 200) { return; }
    drawing.push(pair(at));
    show(drawing.length > 1 ? { type: "LineString", coordinates: drawing } : { type: "Point", coordinates: drawing[0] });
    kind.value = "wish";
    tell(fill(say.part_corners, { n: drawing.length }));
  }
  /* A click is a corner while a wish is drawn, else it tells a story */
  page.take = (at) => { if (!drawing) { return false; } corner(at); return true; };

  /* ---- what ---- */
  const scenario = () => page.chosen().id;
  function give(row) {
    given.push({ said: new Date().toISOString(), topic: "", scenario: scenario(), text: "", place: null, answers: {}, ...row });
    list.replaceChildren(...given.map((one, n) => {
      const item = element("li", say["part_" + (one.kind === "reaction" ? "reaction_said" : one.kind)] + ": " + (one.text || Object.values(one.answers).join(", ") || one.topic) + " "), button = element("button", say.part_remove);
      button.type = "button";
      button.addEventListener("click", () => { given.splice(n, 1); give_nothing(); });
      item.append(button);
      return item;
    }));
    for (const id of ["save", "mail", "send"]) { find("#part-" + id).disabled = !given.length; }
    tell(fill(say.part_held, { n: given.length }));
  }
  function give_nothing() { const kept = given.splice(0); list.replaceChildren(); kept.forEach((one) => give(one)); for (const id of ["save", "mail", "send"]) { find("#part-" + id).disabled = !given.length; } }
  find("#part-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!text.value.trim()) { text.setAttribute("aria-invalid", "true"); text.focus(); tell(say.part_empty); return; }
    text.removeAttribute("aria-invalid");
    give({ kind: kind.value, topic: topic.value, text: text.value.trim(), place });
    text.value = ""; drawing = null; show(null);
  });
  for (const name of ["for", "against", "undecided"]) {
    const button = element("button", say["part_" + name]);
    button.type = "button";
    button.addEventListener("click", () => {
      const old = given.findIndex((one) => one.kind === "reaction" && one.scenario === scenario());
      if (old >= 0) { given.splice(old, 1); }
      give({ kind: "reaction", answers: { reaction: name } });
    });
    find("#part-reaction").append(button);
  }
  const asked = find("#part-questions");
  about.questions.forEach((one) => {
    const set = element("fieldset");
    set.append(element("legend", one.text));
    if (one.kind === "text") {
      const area = document.createElement("textarea");
      Object.assign(area, { name: one.id, rows: 3, maxLength: 2000 });
      area.setAttribute("aria-label", one.text);
      set.append(area);
    } else {
      one.options.forEach((option) => {
        const label = element("label"), input = document.createElement("input");
        Object.assign(input, { type: "radio", name: "q-" + one.id, value: option });
        label.append(input, element("span", option));
        set.append(label);
      });
    }
    asked.insertBefore(set, asked.lastElementChild);
  });
  asked.hidden = !about.questions.length;
  asked.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = {};
    about.questions.forEach((one) => {
      const said = one.kind === "text" ? asked.querySelector(`textarea[name="${CSS.escape(one.id)}"]`).value.trim()
        : (asked.querySelector(`input[name="q-${CSS.escape(one.id)}"]:checked`) || {}).value;
      if (said) { answers[one.id] = said; }
    });
    if (!Object.keys(answers).length) { tell(say.part_empty); return; }
    const old = given.findIndex((one) => one.kind === "answers");
    if (old >= 0) { given.splice(old, 1); }
    give({ kind: "answers", answers });
  });

  /* ---- away ---- */
  const file = () => JSON.stringify({ schema: "contributions/1", consultation: about.name, version: twin.version, contributions: given }, null, 1);
  find("#part-save").addEventListener("click", () => page.save(about.name + "-contribution.json", new Blob([file()], { type: "application/json" })));
  find("#part-mail").hidden = !about.mail;
  find("#part-mail").addEventListener("click", () => {
    const lines = given.map((one) => "- " + say["part_" + (one.kind === "reaction" ? "reaction_said" : one.kind)] + ": " + (one.text || Object.entries(one.answers).map((pair) => pair.join(": ")).join("; ")) + (one.place ? " @ " + JSON.stringify(one.place.coordinates) : ""));
    const anchor = element("a");
    anchor.href = "mailto:" + encodeURIComponent(about.mail).replace("%40", "@") + "?subject=" + encodeURIComponent(about.title) + "&body=" + encodeURIComponent(lines.join("\n").slice(0, 1500));
    anchor.click();
  });
  /* Where to send it: told by whoever serves the page, never by the page itself */
  const to = document.body.dataset.send || "";
  find("#part-send").hidden = !to;
  find("#part-send").addEventListener("click", async () => {
    const said = find("#part-sent");
    said.textContent = say.part_sending;
    try {
      const answer = await fetch(to, { method: "POST", headers: { "Content-Type": "application/json" }, body: file() });
      if (!answer.ok) { throw new Error((await answer.json()).faults.map((one) => [one.reason, one.advice].join(" ")).join(" ")); }
      given.splice(0);
      give_nothing();
      said.textContent = say.part_sent;
    } catch (error) { said.textContent = say.part_unsent + " " + error.message; }
  });
  box.hidden = false;
}
