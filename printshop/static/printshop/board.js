/* The farm board. The page holds the first state; then the socket brings what changes. While the socket is away the
   state is asked for every few seconds, and the page says so. */
"use strict";

(() => {
  const POLL_SECONDS = 5;
  const REFRESH_SECONDS = 60;
  const PING_SECONDS = 25;
  const SILENCE_SECONDS = 70;
  const LONGEST_PAUSE = 30;
  const QUEUE_SHOWN = 25;
  const EVENTS_SHOWN = 6;
  const UNAUTHENTICATED = 4401;

  const board = document.getElementById("board");
  const part = (name, from = board) => from.querySelector(`[data-part="${name}"]`);
  const copy = (name) => document.getElementById(`board-${name}`).content.firstElementChild.cloneNode(true);
  const csrf = board.querySelector("input[name=csrfmiddlewaretoken]").value;
  const shopId = Number(board.dataset.shop) || null;
  const mayCommand = board.dataset.commands !== "";
  const title = document.title;

  let printers = new Map();
  let queue = [];
  let lateOrders = [];
  let events = [];
  let allOfQueue = false;
  const cards = new Map();

  // ---------------------------------------------------------------- words
  const WORDS = {
    connecting: ["Connecting", "none"],
    online: ["Ready", "good"],
    preparing: ["Preparing", "busy"],
    printing: ["Printing", "busy"],
    paused: ["Paused", "warn"],
    failed: ["Print failed", "bad"],
    offline: ["Offline", "bad"],
  };
  const BUSY = ["preparing", "printing", "paused"];
  const EVENT_WORDS = {
    print_started: "Started",
    print_completed: "Finished",
    print_failed: "Failed",
    material_changed: "Material changed",
    filament_ran_out: "Filament ran out",
    maintenance: "Needs a look",
    certificate_changed: "Other certificate",
  };

  const isBusy = (printer) => BUSY.includes(printer.status);
  const isPlateFull = (printer) => printer.needs_clear_plate && !printer.is_plate_clear && !isBusy(printer);

  function statusOf(printer) {
    if (isPlateFull(printer) && ["online", "failed"].includes(printer.status)) {
      return ["Clear the plate", "warn"];
    }
    return WORDS[printer.status] || [printer.status, "none"];
  }

  function needsLook(printer) {
    if (["offline", "failed", "paused"].includes(printer.status)) return printer.status_detail || statusOf(printer)[0];
    if (printer.errors.length) return printer.errors[0].words;
    return isPlateFull(printer) ? "Clear the plate" : "";
  }

  function moment(text) {
    if (!text) return null;
    return new Date(/[Zz]|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  }

  function clock(date) {
    const now = new Date();
    const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - new Date(now).setHours(0, 0, 0, 0)) / 86400000);
    if (days === 0) return time;
    if (days === 1) return `tomorrow ${time}`;
    if (days === -1) return `yesterday ${time}`;
    return `${date.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
  }

  function lasting(seconds) {
    const minutes = Math.max(1, Math.round(seconds / 60));
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return `${Math.round(hours / 24)} days`;
    return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  }

  const degrees = (now, target) => {
    if (now === null || now === undefined) return "";
    return target ? `${Math.round(now)}/${Math.round(target)}` : `${Math.round(now)}`;
  };

  // ---------------------------------------------------------------- what is shown
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }

  function items(list, texts) {
    const shown = texts.join("\n");
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...texts.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
    list.hidden = texts.length === 0;
  }

  function showPrinter(printer) {
    let card = cards.get(printer.id);
    if (!card) {
      card = copy("printer");
      card.id = `printer-${printer.id}`;
      card.dataset.printer = printer.id;
      cards.set(printer.id, card);
    }
    const [word, tone] = statusOf(printer);
    card.dataset.tone = tone;
    write(part("name", card), printer.name);
    part("name", card).title = printer.name;
    write(part("model", card), printer.model || "");
    write(part("status", card), word);
    write(part("job", card), printer.current_job || "");

    const progress = printer.progress;
    part("run", card).hidden = progress === null || progress === undefined;
    if (!part("run", card).hidden) {
      const bar = part("bar", card);
      bar.value = progress;
      bar.setAttribute("aria-label", `Progress of ${printer.current_job || printer.name}`);
      write(part("percent", card), `${progress} %`);
    }
    const facts = [];
    if (isBusy(printer)) {
      if (printer.estimated_time_remaining > 0 && printer.ends_at) {
        facts.push(`${lasting(printer.estimated_time_remaining)} left, ready ${clock(printer.ends_at)}`);
      }
      if (printer.layer !== null && printer.total_layers) facts.push(`layer ${printer.layer}/${printer.total_layers}`);
    }
    items(part("facts", card), facts);

    const heads = printer.nozzles || [];
    const temperatures = heads.length > 1
      ? heads.map((head) => [head.number ? "left nozzle" : "right nozzle", degrees(head.temp, head.target)])
      : [["nozzle", degrees(printer.nozzle_temp, printer.nozzle_target)]];
    temperatures.push(["bed", degrees(printer.bed_temp, printer.bed_target)], ["chamber", degrees(printer.chamber_temp)]);
    const known = temperatures.filter(([, text]) => text).map(([name, text]) => `${name} ${text}`).join(", ");
    write(part("temperatures", card), known && `${known[0].toUpperCase()}${known.slice(1)} °C`);

    items(part("errors", card), printer.errors.map((error) => error.words || error.code));
    const details = [];
    if (printer.status === "failed" && isPlateFull(printer) && !printer.status_detail) details.push("The print failed.");
    const told = printer.errors.some((error) => error.words && printer.status_detail.includes(error.words));
    if (printer.status_detail && !told) details.push(printer.status_detail);
    if (printer.is_monitored_only) details.push("Monitored only: it takes no commands.");
    if (!printer.is_taking_prints) details.push("Takes no prints from the queue.");
    write(part("detail", card), details.join(" "));
    showSlots(part("slots", card), printer.slots || []);

    if (mayCommand) {
      const can = {
        clear: isPlateFull(printer),
        pause: ["preparing", "printing"].includes(printer.status) && !printer.is_monitored_only,
        resume: printer.status === "paused" && !printer.is_monitored_only,
        stop: isBusy(printer) && !printer.is_monitored_only,
      };
      for (const button of card.querySelectorAll("[data-command]")) {
        const command = button.dataset.command;
        button.hidden = !can[command];
        button.setAttribute("aria-label", `${button.textContent}: ${printer.name}`);
      }
    }
    return card;
  }

  function showSlots(list, slots) {
    const loaded = slots.filter((slot) => slot.is_loaded);
    const shown = JSON.stringify(loaded);
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.hidden = loaded.length === 0;
    list.replaceChildren(...loaded.map((slot) => {
      const item = copy("slot");
      const colour = /^#[0-9a-f]{6}$/i.test(slot.color || "") ? slot.color : "";
      if (colour) part("swatch", item).setAttribute("fill", colour);
      const amount = slot.remaining_pct === null || slot.remaining_pct === undefined ? "" : ` ${slot.remaining_pct} %`;
      part("words", item).textContent = `${slot.slot}: ${slot.material_type || "?"}${amount}`;
      item.title = `Slot ${slot.slot}: ${slot.material_type || "unknown material"} ${colour || "of unknown colour"}${amount}`;
      return item;
    }));
  }

  function showPrinters() {
    const grid = part("printers");
    for (const [id, card] of cards) {
      if (!printers.has(id)) {
        card.remove();
        cards.delete(id);
      }
    }
    let before = null;
    for (const printer of printers.values()) {
      const card = showPrinter(printer);
      const place = before ? before.nextElementSibling : grid.firstElementChild;
      if (place !== card) grid.insertBefore(card, place);
      before = card;
    }
    part("no-printers").hidden = printers.size > 0;
    showSums();
  }

  function showSums() {
    const all = [...printers.values()];
    const looks = all.map((printer) => [printer, needsLook(printer)]).filter(([, words]) => words);
    const counts = [
      ["printing", all.filter(isBusy).length],
      ["ready", all.filter((printer) => printer.status === "online" && !isPlateFull(printer)).length],
      ["need a look", looks.length],
      ["in the queue", queue.length],
      ["late", lateOrders.length],
    ];
    const shown = counts.map(([name, number]) => `${number} ${name}`).join(", ");
    const list = part("counts");
    if (list.dataset.shown !== shown) {
      list.dataset.shown = shown;
      list.replaceChildren(...counts.map(([name, number]) => {
        const item = document.createElement("li");
        item.append(Object.assign(document.createElement("b"), { textContent: number }), ` ${name}`);
        return item;
      }));
    }
    document.title = looks.length ? `(${looks.length}) ${title}` : title;

    const attention = part("attention");
    attention.hidden = looks.length === 0;
    const words = JSON.stringify(looks.map(([printer, text]) => [printer.id, printer.name, text]));
    if (attention.dataset.shown !== words) {
      attention.dataset.shown = words;
      part("looks").replaceChildren(...looks.map(([printer, text]) => {
        const link = Object.assign(document.createElement("a"), { href: `#printer-${printer.id}`, textContent: printer.name });
        const item = document.createElement("li");
        item.append(link, `: ${text}`);
        return item;
      }));
    }
  }

  function showQueue() {
    const shown = allOfQueue ? queue : queue.slice(0, QUEUE_SHOWN);
    part("queue").replaceChildren(...shown.map((row) => {
      const item = copy("print");
      part("name", item).textContent = row.job_name;
      const start = moment(row.scheduled_start);
      let when = "no estimate";
      if (row.sent_to) when = "being sent";
      else if (start) when = start <= new Date() ? "now" : `starts ${clock(start)}`;
      part("when", item).textContent = when;
      const about = [];
      if (row.order_number) about.push(`Order ${row.order_number}`);
      about.push(row.sent_to || row.printer_name || "any fitting printer");
      if (row.material_type) about.push(row.material_type);
      if (row.estimated_minutes) about.push(lasting(row.estimated_minutes * 60));
      part("about", item).textContent = about.join(" · ");
      write(part("why", item), row.sent_to ? "" : row.waiting_reason || "");
      return item;
    }));
    part("no-queue").hidden = queue.length > 0;
    const more = part("more");
    more.hidden = queue.length <= QUEUE_SHOWN;
    more.textContent = allOfQueue ? "Show fewer" : `Show all ${queue.length}`;

    part("late").replaceChildren(...lateOrders.map((row) => {
      const item = copy("late-order");
      const expected = moment(row.expected_ship_at);
      const promised = moment(row.promised_ship_at);
      part("name", item).textContent = `Order ${row.order_number}`;
      part("when", item).textContent = expected ? `due ${clock(expected)}` : "";
      let why = "Nothing of it is planned yet.";
      if (promised && expected && promised > expected) {
        why = `Ready ${clock(promised)}, ${lasting((promised - expected) / 1000)} late.`;
      } else if (promised) why = `Ready ${clock(promised)}, not shipped yet.`;
      part("why", item).textContent = why;
      return item;
    }));
    part("no-late").hidden = lateOrders.length > 0;
    showSums();
  }

  function showEvents() {
    part("events-box").hidden = events.length === 0;
    part("events").replaceChildren(...events.map((event) => {
      const item = copy("event");
      const printer = printers.get(event.printer_id);
      part("name", item).textContent = `${EVENT_WORDS[event.kind] || event.kind}${printer ? `: ${printer.name}` : ""}`;
      part("when", item).textContent = clock(moment(event.at));
      part("why", item).textContent = event.words;
      return item;
    }));
  }

  // ---------------------------------------------------------------- what comes
  function take(row) {
    const known = printers.get(row.id);
    const printer = { errors: [], slots: [], ...known, ...row };
    const seconds = printer.estimated_time_remaining;
    if (!known || known.estimated_time_remaining !== seconds) {
      printer.ends_at = seconds === null || seconds === undefined ? null : new Date(Date.now() + seconds * 1000);
    }
    printers.set(row.id, printer);
    return printer;
  }

  function takeState(state) {
    const before = printers;
    printers = new Map();
    for (const row of state.printers) {
      if (before.has(row.id)) printers.set(row.id, before.get(row.id));
      take(row);
    }
    queue = state.queue;
    lateOrders = state.late_orders;
    part("no-bridge").hidden = state.bridge_is_running || state.printers.length === 0;
    showPrinters();
    showQueue();
  }

  const handlers = {
    state(message) {
      if (message.shop_id === shopId || !board.dataset.watch) takeState(message);
    },
    printers(message) {
      const isNew = message.printers.some((row) => !printers.has(row.id));
      for (const row of message.printers) take(row);
      if (isNew) {
        send({ type: "state" });
        return;
      }
      for (const row of message.printers) showPrinter(printers.get(row.id));
      showSums();
    },
    queue(message) {
      queue = message.queue;
      lateOrders = message.late_orders;
      showQueue();
    },
    event(message) {
      events = [message.event, ...events].slice(0, EVENTS_SHOWN);
      showEvents();
    },
    ready() {
      pause = 1;
      refusals = 0;
      setLink("live");
      if (board.dataset.watch) send({ type: "watch", shop_id: shopId });
    },
  };

  // ---------------------------------------------------------------- the connection
  let socket = null;
  let pause = 1;
  let refusals = 0;
  let heardAt = Date.now();
  let lostSince = null;
  let waiting = null;
  let isSignedOut = false;

  function setLink(state) {
    if (isSignedOut) return;
    const words = {
      live: "Live",
      polling: `The live connection is away. Asking every ${POLL_SECONDS} seconds.`,
      lost: lostSince ? `No connection since ${clock(lostSince)}. What you see is old.` : "",
    };
    const link = part("link");
    link.dataset.state = state;
    if (link.textContent !== words[state]) link.textContent = words[state];
    if (state !== "lost") lostSince = null;
  }

  function signedOut() {
    isSignedOut = true;
    part("signed-out").hidden = false;
    const link = part("link");
    link.dataset.state = "lost";
    link.textContent = "Signed out. What you see is old.";
    if (socket) socket.close();
  }

  async function ask(url, options = {}) {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options });
    const isJson = (answer.headers.get("Content-Type") || "").includes("json");
    if (answer.status === 401 || answer.redirected || (answer.ok && !isJson)) {
      signedOut();
      throw new Error("signed out");
    }
    return [answer.status, isJson ? await answer.json() : {}];
  }

  const post = (url) => ask(url, { method: "POST", headers: { "X-CSRFToken": csrf } });

  function send(message) {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  async function connect() {
    waiting = null;
    if (isSignedOut || socket) return;
    let token;
    try {
      const [status, answer] = await post(board.dataset.token);
      if (status !== 200) throw new Error("no token");
      token = answer.token;
    } catch {
      later();
      return;
    }
    const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${board.dataset.socket}`);
    socket = opened;
    heardAt = Date.now();
    opened.onopen = () => send({ type: "auth", token: `Bearer ${token}` });
    opened.onmessage = (event) => {
      heardAt = Date.now();
      const message = JSON.parse(event.data);
      if (handlers[message.type]) handlers[message.type](message);
    };
    opened.onclose = (event) => {
      if (socket !== opened) return;
      socket = null;
      if (isSignedOut) return;
      setLink("polling");
      poll();
      // The token that opened it has ended: with the next one it goes on at once.
      if (event.code === UNAUTHENTICATED && refusals < 2) {
        refusals += 1;
        connect();
      } else later();
    };
  }

  function later() {
    if (waiting !== null || isSignedOut) return;
    waiting = setTimeout(connect, pause * 1000 * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  function connectNow() {
    if (waiting !== null) clearTimeout(waiting);
    waiting = null;
    pause = 1;
    connect();
  }

  const isLive = () => part("link").dataset.state === "live";

  async function poll() {
    if (isLive() || isSignedOut) return;
    try {
      const [status, state] = await ask(board.dataset.state);
      if (status !== 200) throw new Error("no state");
      if (!isLive()) {
        takeState(state);
        setLink("polling");
      }
    } catch {
      if (!lostSince) lostSince = new Date();
      if (!isLive()) setLink("lost");
    }
  }

  setInterval(poll, POLL_SECONDS * 1000);
  setInterval(() => send({ type: "state" }), REFRESH_SECONDS * 1000);
  setInterval(() => {
    if (socket && Date.now() - heardAt > SILENCE_SECONDS * 1000) socket.close();
    else send({ type: "ping" });
  }, PING_SECONDS * 1000);
  setInterval(() => {
    showPrinters();
    showQueue();
  }, 30000);
  window.addEventListener("online", connectNow);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !socket) connectNow();
  });

  // ---------------------------------------------------------------- what the owner asks for
  const confirmation = part("confirm");

  async function command(card, name) {
    const said = part("said", card);
    const buttons = card.querySelectorAll("[data-command]");
    for (const button of buttons) button.disabled = true;
    try {
      const address = board.dataset.commands.replace("/0/", `/${card.dataset.printer}/`).replace("/none", `/${name}`);
      const [, answer] = await post(address);
      write(said, answer.message || answer.error || "That did not work.");
      if (answer.printer) showPrinter(take(answer.printer));
      showSums();
    } catch {
      write(said, "The server does not answer. Nothing was asked for.");
    }
    for (const button of buttons) button.disabled = false;
    setTimeout(() => write(said, ""), 15000);
  }

  part("printers").addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]");
    if (!button) return;
    const card = button.closest("[data-printer]");
    if (button.dataset.command !== "stop") {
      command(card, button.dataset.command);
      return;
    }
    const printer = printers.get(Number(card.dataset.printer));
    part("question").textContent = `Stop ${printer.current_job || "the print"} on ${printer.name}? It cannot be continued.`;
    confirmation.returnValue = "";
    confirmation.onclose = () => {
      if (confirmation.returnValue === "stop") command(card, "stop");
    };
    confirmation.showModal();
  });
  part("more").addEventListener("click", () => {
    allOfQueue = !allOfQueue;
    showQueue();
  });

  takeState(JSON.parse(document.getElementById("board-state").textContent));
  setLink("polling");
  connect();
})();
