// The moderators' queue by keys. Without this script each row's forms are sent as forms are.
(() => {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const part = (name) => queue.querySelector(`[data-${name}]`);
  const rows = () => [...queue.querySelectorAll("article")];
  const current = () => document.activeElement.closest("#queue article");
  let undo = null; // what takes the last decision back
  let busy = false; // a key that is held down decides once

  function tell(words, refused = false) {
    part("told").textContent = refused ? "" : words;
    part("refused").textContent = refused ? words : "";
  }

  // One row is in the order of the tab key; keys go on from it.
  function goTo(row) {
    if (!row) return;
    for (const each of rows()) each.tabIndex = each === row ? 0 : -1;
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function leave(row) {
    const all = rows();
    const place = all.indexOf(row);
    const next = all[place + 1] || all[place - 1];
    const count = part("count");
    count.textContent = Math.max(Number(count.textContent) - 1, 0);
    row.closest("li").remove();
    if (next) goTo(next);
    else if (Number(count.textContent) > 0) location.reload();
    else {
      part("empty").hidden = false;
      part("help").focus();
    }
  }

  async function send(sent) {
    if (busy) return null;
    busy = true;
    try {
      const answer = await fetch(location.pathname, {
        method: "POST",
        body: sent,
        headers: { Accept: "application/json" },
        redirect: "error", // to the page on which one signs in
      });
      return { ok: answer.ok, ...(await answer.json()) };
    } catch {
      return { ok: false, gone: false, told: "No answer: the server is away, or you are signed out. Nothing was decided here." };
    } finally {
      busy = false;
    }
  }

  async function decide(form, button) {
    const row = form.closest("article");
    const sent = new FormData(form, button);
    const said = await send(sent);
    if (!said) return;
    if (said.ok) {
      undo = said.undo ? { row: row, sent: sent, decision: said.undo, gone: said.gone } : null;
      tell(said.told + (undo ? " Take it back: u." : ""));
      if (!said.gone) feature(row, said.undo === "unfeature");
    } else {
      undo = null;
      tell(`${row.querySelector("h2").textContent}: ${said.told}`, true);
    }
    if (said.gone) leave(row);
  }

  function feature(row, featured) {
    const button = row.querySelector('[data-key="f"]');
    if (!button) return;
    button.value = featured ? "unfeature" : "feature";
    button.setAttribute("aria-pressed", String(featured));
  }

  async function takeBack() {
    if (!undo) return tell("There is nothing that can be taken back here; the page of a work (o) has its decisions.", true);
    const { row, sent, decision, gone } = undo;
    sent.set("decision", decision);
    const said = await send(sent);
    if (!said) return;
    undo = null;
    tell(said.told, !said.ok);
    if (!said.ok) return;
    if (gone) location.reload();
    else feature(row, decision === "feature");
  }

  const keys = {
    j: (row) => goTo(row ? rows()[rows().indexOf(row) + 1] : rows()[0]),
    k: (row) => goTo(row ? rows()[rows().indexOf(row) - 1] : rows()[0]),
    u: takeBack,
    "?": () => part("keys").showModal(),
    Enter: (row) => row && row.querySelector('[data-key="o"]')?.click(),
    Escape: goTo,
  };

  queue.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || part("keys").open) return;
    const row = current();
    const typing = event.target.matches("input, textarea, select");
    if (typing && event.key !== "Escape") return;
    if (event.key === "Enter" && event.target !== row) return; // of a button or link
    const act = keys[event.key];
    const found = row && row.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    const field = row && row.querySelector(`[data-focus="${CSS.escape(event.key)}"]`);
    if (!act && !found && !field) {
      if (row && event.key === "c") tell("There is nothing to compare it with.", true);
      return;
    }
    event.preventDefault();
    if (event.repeat && !"jk".includes(event.key)) return;
    if (act) act(row);
    else if (found) found.click();
    else field.focus();
  });

  queue.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    event.preventDefault();
    decide(event.target, event.submitter);
  });
  queue.addEventListener("focusin", () => {
    const row = current();
    if (row) for (const each of rows()) each.tabIndex = each === row ? 0 : -1;
  });
  part("help").addEventListener("click", () => part("keys").showModal());
  goTo(rows()[0]);
})();
