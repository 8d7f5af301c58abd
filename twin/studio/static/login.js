"use strict";
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { root } = document.getElementById("login").dataset;
  const input = document.querySelector("input"), said = document.getElementById("said");
  const answer = await fetch(root + "/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ password: input.value }) });
  if (answer.ok) { location.assign(root + "/"); return; }
  said.textContent = (await answer.json()).faults.map((fault) => fault.reason).join(" ");
  input.setAttribute("aria-invalid", "true");
  input.focus();
});
