"use strict";
// The page itself: listens to the stream, shows bubbles, sends taps and words.

(() => {
  const { strings, link } = render;
  const TAP_PATIENCE_MS = 10000;
  const NEAR_END_PX = 90;
  const BUBBLES_MAX = 500;
  const ALBUM_MS = 30000;
  const byId = (id) => document.getElementById(id);
  const log = byId("log");
  const newest = byId("newest");
  const zoom = byId("zoom");
  const bubbles = new Map();
  let unread = 0;
  let toastTimer = 0;

  // ---- bubbles

  const actions = { goTo, zoom: openZoom, reply: composer.reply, tap };

  function turnOf(id) {
    return log.querySelector(`.turn[data-id="${id}"]`);
  }

  function show(bubble) {
    const isAtEnd = nearEnd();
    const isNews = !bubbles.has(bubble.id);
    if (!put(bubble)) return;
    render.foldQuotes(turnOf(bubble.id));
    if (isAtEnd || (isNews && bubble.mine)) toEnd();
    else if (isNews) countUnread(unread + 1);
  }

  // The bubble stands in the page, its quotes not folded yet; false when the page already shows it as it is.
  function put(bubble) {
    const known = bubbles.get(bubble.id);
    if (known && known.revision >= bubble.revision) return false;
    bubbles.set(bubble.id, bubble);
    byId("empty").hidden = true;
    const made = render.turn(bubble, bubbles.get(bubble.reply_to), actions);
    if (known) replaceTurn(turnOf(bubble.id), made);
    else addTurn(bubble, made);
    return true;
  }

  function addTurn(bubble, made) {
    const end = log.lastElementChild;
    const last = end && end.classList.contains("album") ? end.lastElementChild : end;
    const lastBubble = last && bubbles.get(Number(last.dataset.id));
    if (!lastBubble || render.dayText.format(lastBubble.at_ms) !== render.dayText.format(bubble.at_ms)) log.append(render.day(bubble.at_ms));
    if (lastBubble && belongTogether(lastBubble, bubble)) albumOf(last).append(made);
    else log.append(made);
    if (made.parentElement !== log) render.nameAlbum(made.parentElement);
    if (bubbles.size > BUBBLES_MAX) forget(bubbles.keys().next().value);
  }

  // Pictures of one answer lie side by side; one that asks something stands alone.
  function belongTogether(one, other) {
    return render.isPicture(one) && render.isPicture(other) && other.at_ms - one.at_ms < ALBUM_MS;
  }

  function albumOf(turn) {
    if (turn.parentElement !== log) return turn.parentElement;
    const album = render.album();
    turn.replaceWith(album);
    album.append(turn);
    return album;
  }

  function forget(id) {
    const turn = turnOf(id);
    const album = turn.parentElement;
    bubbles.delete(id);
    turn.remove();
    if (album === log) return;
    if (album.childElementCount === 0) album.remove();
    else render.nameAlbum(album);
  }

  // An edit must neither steal the focus, nor fold a quote that is being read, nor load the same picture again.
  function replaceTurn(old, made) {
    const focused = old.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    const isOpen = old.querySelector("blockquote.open") !== null;
    const oldImage = old.querySelector(".photo img");
    const newImage = made.querySelector(".photo img");
    made.style.animation = "none";
    old.replaceWith(made);
    if (oldImage && newImage && oldImage.src === newImage.src) {
      oldImage.alt = newImage.alt;
      newImage.replaceWith(oldImage);
    }
    render.foldQuotes(made);
    if (isOpen) made.querySelectorAll(".fold").forEach((fold) => fold.click());
    // A button that is gone leaves the focus to its message, never to another button.
    if (focused !== null) ([...made.querySelectorAll("button, a, pre")].find((one) => nameOf(one) === focused) || made).focus({ preventScroll: true });
  }

  function nameOf(element) {
    return element.getAttribute("aria-label") || element.textContent;
  }

  function showHistory(history) {
    // A page that was away gets everything again; what it already shows stays where it is.
    log.setAttribute("aria-busy", "true");
    const kept = new Set(history.bubbles.map((bubble) => bubble.id));
    for (const id of [...bubbles.keys()]) {
      if (!kept.has(id)) forget(id);
    }
    const isAtEnd = nearEnd();
    history.bubbles.forEach(put);
    render.foldQuotes(log);
    if (isAtEnd) toEnd();
    else countUnread(unread);
    log.querySelectorAll(".key").forEach(release);
    log.removeAttribute("aria-busy");
  }

  // ---- scrolling

  function nearEnd() {
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    countUnread(0);
  }

  function countUnread(count) {
    unread = count;
    byId("unread").textContent = String(count);
    byId("unread").hidden = count === 0;
    newest.hidden = count === 0 && nearEnd();
  }

  function goTo(id) {
    const turn = turnOf(id);
    if (!turn) {
      toast(strings.gone);
      return;
    }
    turn.scrollIntoView({ block: "center" });
    turn.focus({ preventScroll: true });
    turn.classList.add("lit");
    setTimeout(() => turn.classList.remove("lit"), 1500);
  }

  log.addEventListener("scroll", () => countUnread(nearEnd() ? 0 : unread), { passive: true });
  newest.addEventListener("click", toEnd);
  new ResizeObserver(() => { if (unread === 0 && newest.hidden) toEnd(); }).observe(log);

  // ---- what the operator does

  async function post(path, body) {
    try {
      return (await fetch(link(path), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).status;
    } catch {
      return 0;
    }
  }

  async function deliver(text, reply_to) {
    if ([...text].length > 4096) {
      toast(strings.too_long);
      return false;
    }
    const status = await post("send", { text, reply_to });
    if (status !== 200) toast(strings.not_sent);
    return status === 200;
  }

  async function tap(bubble, button, pressed) {
    if (pressed.getAttribute("aria-disabled") === "true") return;
    const keys = [...pressed.closest(".keyboard").querySelectorAll(".key")];
    keys.forEach((one) => one.setAttribute("aria-disabled", "true"));
    pressed.classList.add("tapped");
    // Marked before it is sent: the answer may be here before the reply to the request is.
    if (render.questionOf(button)) pressed.dataset.decides = "";
    const status = await post("tap", { message_id: bubble.id, action: button.action });
    if (status !== 200) {
      keys.forEach(release);
      toast(status === 404 ? strings.gone : strings.not_sent);
      return;
    }
    setTimeout(() => keys.forEach(release), TAP_PATIENCE_MS);
  }

  function release(key) {
    key.classList.remove("tapped");
    delete key.dataset.decides;
    if (key.dataset.spent === undefined) key.removeAttribute("aria-disabled");
  }

  // The question was answered: its buttons wait for the edit that takes them away, and are no question any more until then.
  function spend(turn, question) {
    turn.querySelectorAll(".key").forEach((key) => {
      if (key.dataset.question !== question) return;
      key.dataset.spent = "";
      key.setAttribute("aria-disabled", "true");
    });
  }

  function showAnswer(answer) {
    const turn = turnOf(answer.message_id);
    const asked = turn && turn.querySelector(".key[data-decides]");
    if (asked && answer.text !== "" && !answer.alert) spend(turn, asked.dataset.question);
    if (turn) turn.querySelectorAll(".key").forEach(release);
    if (answer.text === "") return;
    if (!answer.alert) {
      toast(answer.text);
      return;
    }
    byId("alert-text").textContent = answer.text;
    if (!byId("alert").open) byId("alert").showModal();
  }

  function toast(text) {
    clearTimeout(toastTimer);
    byId("toast").textContent = text;
    byId("toast").classList.add("shown");
    toastTimer = setTimeout(() => byId("toast").classList.remove("shown"), Math.max(3000, text.length * 60));
  }

  // ---- pictures

  let leaves = [];
  let leaf = 0;

  function openZoom(image) {
    const album = image.closest(".album");
    leaves = album === null ? [image] : [...album.querySelectorAll(".photo img")];
    showLeaf(leaves.indexOf(image));
    zoom.showModal();
  }

  function showLeaf(number) {
    leaf = number;
    const large = byId("zoomed");
    large.src = leaves[leaf].src;
    large.alt = leaves[leaf].alt;
    zoom.querySelector(".zoom-pan").classList.remove("large");
    byId("zoom-place").textContent = leaves.length > 1 ? `${leaf + 1} / ${leaves.length} · ${large.alt}` : "";
    byId("zoom-before").hidden = leaf === 0;
    byId("zoom-after").hidden = leaf + 1 >= leaves.length;
  }

  function turnLeaf(by) {
    if (leaf + by < 0 || leaf + by >= leaves.length) return;
    const wasFocused = document.activeElement;
    showLeaf(leaf + by);
    // A button that is gone leaves the focus to its neighbour.
    if (wasFocused && wasFocused.hidden) byId(by > 0 ? "zoom-before" : "zoom-after").focus();
  }

  byId("zoom-before").addEventListener("click", () => turnLeaf(-1));
  byId("zoom-after").addEventListener("click", () => turnLeaf(1));
  zoom.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") turnLeaf(event.key === "ArrowRight" ? 1 : -1);
  });

  byId("zoomed").addEventListener("click", (event) => {
    zoom.querySelector(".zoom-pan").classList.toggle("large");
    event.stopPropagation();
  });
  zoom.querySelector(".zoom-pan").addEventListener("click", () => zoom.close());
  byId("zoom-close").addEventListener("click", () => zoom.close());

  // ---- the header

  function connection(state, notice = "") {
    byId("connection").dataset.state = state;
    byId("connection").textContent = strings[state];
    byId("notice").textContent = notice;
    byId("notice").hidden = notice === "";
  }

  const engineTime = new Intl.DateTimeFormat(render.locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });

  function speedText(speed) {
    const spoken = (name, n) => strings[name].replace("{n}", new Intl.NumberFormat(render.locale, { maximumFractionDigits: 1 }).format(n));
    if (speed === 1) return strings.real_time;
    if (speed >= 86400) return spoken("speed_days", speed / 86400);
    if (speed >= 3600) return spoken("speed_hours", speed / 3600);
    if (speed >= 60) return spoken("speed_minutes", speed / 60);
    return spoken("speed_seconds", speed);
  }

  function showClock(clock) {
    byId("engine-time").textContent = clock.known ? `${engineTime.format(clock.now_ms)} UTC` : strings.clock_unknown;
    byId("engine-speed").textContent = clock.known ? speedText(clock.speed) : "";
    badge(byId("stage"), clock.known ? clock.stage : "", "");
    badge(byId("state"), clock.known && clock.state !== "active" ? strings[`state_${clock.state}`] : "", clock.state);
  }

  function badge(element, text, state) {
    element.textContent = text;
    element.dataset.state = state;
    element.hidden = text === "";
  }

  setInterval(() => log.querySelectorAll("time[data-unix]").forEach(render.showInstant), 1000);

  // ---- the stream

  function listen() {
    const stream = new EventSource(link("events"));
    const on = (event, handle) => stream.addEventListener(event, (sent) => handle(JSON.parse(sent.data)));
    on("history", (history) => { connection("online"); showHistory(history); });
    on("bubble", show);
    on("gone", (gone) => { if (bubbles.has(gone.id)) forget(gone.id); });
    on("answer", showAnswer);
    on("clock", showClock);
    on("elsewhere", () => { stream.close(); connection("ended", strings.elsewhere); });
    stream.addEventListener("error", () => {
      // The browser tries again by itself unless it was refused: then this run and its key are over.
      if (stream.readyState === EventSource.CLOSED) connection("ended", strings.over);
      else connection("connecting");
    });
  }

  connection("connecting");
  composer.start(deliver);
  listen();
})();
