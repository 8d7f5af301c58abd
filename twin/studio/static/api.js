"use strict";
/* Talks to the studio that this page came from, and to nobody else. Answers reach the page as text only. */
const twinApi = {
  held: JSON.parse(document.getElementById("studio").textContent),

  async ask(method, path, body) {
    const options = { method, headers: {} };
    if (method !== "GET") {
      options.headers = { "Content-Type": "application/json", "X-Studio-Token": twinApi.held.token };
      options.body = JSON.stringify(body === undefined ? {} : body);
    }
    const answer = await fetch(twinApi.held.root + path, options);
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const faults = content.faults || [{ place: "", reason: answer.status + " " + answer.statusText, advice: "" }];
      faults.forEach((one) => { one.said = one.said || [[one.reason, "en"], [one.advice, "en"]]; });
      const error = new Error(faults.map((one) => [one.place, ...one.said.map((part) => part[0])].filter(Boolean).join(" ")).join("\n"));
      Object.assign(error, { status: answer.status, faults });
      throw error;
    }
    return content;
  },
  get: (path) => twinApi.ask("GET", path),
  post: (path, body) => twinApi.ask("POST", path, body),
  put: (path, body) => twinApi.ask("PUT", path, body),

  listen: (path) => new EventSource(twinApi.held.root + path),

  /* Everything that happens in a job; resolves with its end */
  follow(job, told) {
    return new Promise((resolve, reject) => {
      const source = twinApi.listen("/api/jobs/" + job + "/events");
      const end = (kind) => (event) => { source.close(); resolve({ kind, ...JSON.parse(event.data) }); };
      for (const kind of ["progress", "town", "figures", "ready", "preview"]) { source.addEventListener(kind, (event) => told(kind, JSON.parse(event.data))); }
      for (const kind of ["done", "failed", "cancelled"]) { source.addEventListener(kind, end(kind)); }
      source.onerror = () => { source.close(); reject(new Error(twinApi.held.words.studio_lost)); };
    });
  },
};
