"use strict";
// From a bubble's data to elements. Nothing here parses markup: the server sends a tree, and text stays text.

const render = (() => {
  const strings = JSON.parse(document.body.dataset.strings);
  const language = document.documentElement.lang;
  const key = new URLSearchParams(location.search).get("key");
  const TAGS = new Set(["b", "i", "u", "s", "code", "pre", "blockquote", "time"]);
  // English here is the desk's: 24 hours, day before month.
  const locale = language === "en" ? "en-GB" : language;
  const clockText = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const dayText = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const instantText = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const agoText = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });

  const link = (path) => `${path}?key=${encodeURIComponent(key)}`;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function addNodes(parent, nodes) {
    let followsBlock = false;
    for (const node of nodes) {
      if (typeof node === "string") {
        // A block ends its own line, so the line end right after it would show as an empty one.
        parent.append(followsBlock && node.startsWith("\n") ? node.slice(1) : node);
        followsBlock = false;
      } else if (TAGS.has(node.tag)) {
        parent.append(oneElement(node));
        followsBlock = node.tag === "blockquote" || node.tag === "pre";
      }
    }
  }

  function oneElement(node) {
    const made = document.createElement(node.tag);
    if (node.tag === "blockquote" && node.expandable) {
      const words = element("span", "folded-words");
      addNodes(words, node.children);
      made.append(words);
      made.dataset.expandable = "";
      return made;
    }
    addNodes(made, node.children);
    if (node.tag === "pre") made.tabIndex = 0;
    if (node.tag === "time" && Number.isInteger(node.unix)) {
      made.dateTime = new Date(node.unix * 1000).toISOString();
      made.title = instantText.format(node.unix * 1000);
      made.dataset.unix = node.unix;
      made.dataset.relative = node.format.includes("r") ? "yes" : "no";
      // A countdown must not be read aloud at every step.
      made.setAttribute("aria-live", "off");
      showInstant(made);
    }
    return made;
  }

  function showInstant(made) {
    const at_ms = Number(made.dataset.unix) * 1000;
    const text = made.dataset.relative === "yes" ? relativeText(at_ms - Date.now()) : instantText.format(at_ms);
    if (made.textContent !== text) made.textContent = text;
  }

  function relativeText(left_ms) {
    const left_s = Math.trunc(left_ms / 1000);
    const size_s = Math.abs(left_s);
    if (size_s < 60) return agoText.format(left_s, "second");
    if (size_s < 3600) return agoText.format(Math.trunc(left_s / 60), "minute");
    if (size_s < 86400) return agoText.format(Math.trunc(left_s / 3600), "hour");
    return agoText.format(Math.trunc(left_s / 86400), "day");
  }

  // Folds the long quotes inside `root`, which stands in the page, where heights are known.
  // Everything is measured before anything changes: otherwise each quote of a long history costs a layout.
  function foldQuotes(root) {
    const quotes = [...root.querySelectorAll("blockquote[data-expandable]")];
    quotes.forEach((quote) => quote.classList.add("folds"));
    const isLong = quotes.map((quote) => quote.firstElementChild.scrollHeight > quote.firstElementChild.clientHeight + 2);
    quotes.forEach((quote, index) => {
      delete quote.dataset.expandable;
      if (isLong[index]) quote.append(foldButton(quote));
      else quote.classList.remove("folds");
    });
  }

  function foldButton(quote) {
    const made = element("button", "fold", strings.show_more);
    made.type = "button";
    made.setAttribute("aria-expanded", "false");
    made.addEventListener("click", () => {
      const isOpen = quote.classList.toggle("open");
      made.textContent = isOpen ? strings.show_less : strings.show_more;
      made.setAttribute("aria-expanded", String(isOpen));
    });
    return made;
  }

  function whoSaid(bubble) {
    return bubble.mine ? strings.you : strings.bot;
  }

  function firstLine(bubble) {
    const text = bubble.text.split("\n").find((line) => line.trim() !== "");
    return text || bubble.document || strings.picture;
  }

  function turn(bubble, answered, actions) {
    const made = element("article", bubble.mine ? "turn mine" : "turn");
    if (bubble.photo || bubble.buttons.length) made.classList.add("wide");
    made.dataset.id = bubble.id;
    made.tabIndex = -1;
    made.setAttribute("aria-label", `${whoSaid(bubble)}, ${clockText.format(bubble.at_ms)}`);
    const body = element("div", "bubble");
    if (answered) body.append(thread(answered, actions));
    if (bubble.photo) body.append(photo(bubble, actions));
    const words = element("div", "words");
    addNodes(words, bubble.nodes);
    // Inside the words the stamp shares their last line where there is room.
    words.append(stamp(bubble));
    if (bubble.document) body.append(documentLink(bubble));
    body.append(words, replyButton(bubble, actions));
    made.append(body);
    if (bubble.buttons.length) made.append(keyboard(bubble, actions));
    return made;
  }

  function thread(answered, actions) {
    const made = element("button", "thread");
    made.type = "button";
    made.append(element("b", "", whoSaid(answered)), element("span", "", firstLine(answered)));
    made.addEventListener("click", () => actions.goTo(answered.id));
    return made;
  }

  function photo(bubble, actions) {
    const made = element("button", "photo");
    made.type = "button";
    made.setAttribute("aria-label", `${strings.zoom}: ${firstLine(bubble)}`);
    const image = element("img");
    image.alt = firstLine(bubble);
    if (bubble.photo.width) image.width = bubble.photo.width;
    if (bubble.photo.height) image.height = bubble.photo.height;
    image.src = `${link(`photo/${bubble.id}`)}&v=${bubble.photo.version}`;
    made.append(image);
    made.addEventListener("click", () => actions.zoom(made.querySelector("img")));
    return made;
  }

  function documentLink(bubble) {
    const made = element("a", "document", bubble.document);
    made.href = link(`document/${bubble.id}`);
    made.download = bubble.document;
    return made;
  }

  function stamp(bubble) {
    const edited = bubble.revision > 0 ? `${strings.edited} ` : "";
    return element("span", "stamp", edited + clockText.format(bubble.at_ms));
  }

  function replyButton(bubble, actions) {
    const made = element("button", "reply-button", "↩");
    made.type = "button";
    made.setAttribute("aria-label", strings.reply);
    made.addEventListener("click", () => actions.reply(bubble));
    if (bubble.mine) made.hidden = true;
    return made;
  }

  function keyboard(bubble, actions) {
    const made = element("div", "keyboard");
    for (const row of bubble.buttons) {
      const keys = element("div", "keys");
      for (const button of row) {
        const one = element("button", `key ${button.style}`, button.label);
        one.type = "button";
        one.dataset.question = questionOf(button);
        one.addEventListener("click", () => actions.tap(bubble, button, one));
        keys.append(one);
      }
      made.append(keys);
    }
    return made;
  }

  // Buttons with one nonce answer one question, once; putting a card off answers nothing.
  function questionOf(button) {
    const [, verb, , nonce] = button.action.split(":");
    return nonce === undefined || nonce === "-" || verb === "snooze" ? "" : nonce;
  }

  function isPicture(bubble) {
    return Boolean(bubble.photo) && !bubble.mine && bubble.reply_to === null && bubble.buttons.flat().every((button) => button.action.startsWith("v1:hd:"));
  }

  function album() {
    const made = element("section", "album");
    made.setAttribute("role", "group");
    return made;
  }

  function nameAlbum(made) {
    made.setAttribute("aria-label", strings.album.replace("{n}", String(made.childElementCount)));
  }

  function day(at_ms) {
    return element("p", "day", dayText.format(at_ms));
  }

  return { strings, locale, link, element, turn, album, nameAlbum, isPicture, questionOf, day, dayText, foldQuotes, showInstant, whoSaid, firstLine };
})();
