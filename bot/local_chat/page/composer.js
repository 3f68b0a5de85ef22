"use strict";
// Where the operator writes: the command menu, the reply line, Enter sends.

const composer = (() => {
  const { strings, element, link } = render;
  const words = document.getElementById("words");
  const form = document.getElementById("composer");
  const menu = document.getElementById("menu");
  const menuButton = document.getElementById("menu-button");
  const sendButton = document.getElementById("send");
  const replying = document.getElementById("replying");
  let commands = [];
  let shown = [];
  let active = -1;
  let answered = null;
  let isSending = false;
  let deliver = null;

  function openMenu(found) {
    shown = found;
    active = -1;
    menu.replaceChildren(...found.map(menuLine));
    menu.hidden = found.length === 0;
    menu.scrollTop = 0;
    tellMenu();
  }

  function menuLine(command, index) {
    const line = element("li");
    line.id = `command-${index}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    line.append(element("b", "", `/${command.name}`), element("span", "", command.help));
    // The words keep the focus, so that a phone's keyboard stays.
    line.addEventListener("pointerdown", (event) => event.preventDefault());
    line.addEventListener("click", () => send(`/${command.name}`));
    return line;
  }

  function tellMenu() {
    const isOpen = String(!menu.hidden);
    words.setAttribute("aria-expanded", isOpen);
    menuButton.setAttribute("aria-expanded", isOpen);
    [...menu.children].forEach((line, index) => line.setAttribute("aria-selected", String(index === active)));
    if (active < 0) words.removeAttribute("aria-activedescendant");
    else {
      words.setAttribute("aria-activedescendant", `command-${active}`);
      menu.children[active].scrollIntoView({ block: "nearest" });
    }
  }

  function step(by) {
    active = (active + by + shown.length + (active < 0 && by < 0 ? 1 : 0)) % shown.length;
    tellMenu();
  }

  function matching() {
    const typed = /^\/([A-Za-z0-9_]*)$/.exec(words.value);
    return typed === null ? [] : commands.filter((command) => command.name.startsWith(typed[1].toLowerCase()));
  }

  function grow() {
    words.style.height = "auto";
    words.style.height = `${Math.min(words.scrollHeight + 2, 132)}px`;
    sendButton.disabled = isSending || words.value.trim() === "";
  }

  async function send(text) {
    if (isSending || text.trim() === "") return;
    isSending = true;
    openMenu([]);
    grow();
    const isTyped = text === words.value;
    const wasSent = await deliver(text.trim(), answered === null ? null : answered.id);
    isSending = false;
    if (wasSent && (isTyped || words.value.startsWith("/"))) words.value = "";
    if (wasSent) reply(null);
    grow();
    words.focus({ preventScroll: true });
  }

  function reply(bubble) {
    answered = bubble;
    replying.hidden = bubble === null;
    if (bubble === null) return;
    document.getElementById("replying-who").textContent = render.whoSaid(bubble);
    document.getElementById("replying-text").textContent = render.firstLine(bubble);
    words.focus();
  }

  function onKey(event) {
    if (event.isComposing) return;
    const isOpen = !menu.hidden;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send(isOpen && active >= 0 ? `/${shown[active].name}` : words.value);
    } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (isOpen && event.key === "Tab" && !event.shiftKey && words.value !== "") {
      event.preventDefault();
      words.value = `/${shown[Math.max(active, 0)].name} `;
      openMenu([]);
      grow();
    } else if (event.key === "Escape") {
      if (isOpen) openMenu([]);
      else reply(null);
    }
  }

  words.addEventListener("keydown", onKey);
  words.addEventListener("input", () => {
    openMenu(matching());
    grow();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(words.value);
  });
  menuButton.addEventListener("click", () => {
    openMenu(menu.hidden ? commands : []);
    words.focus({ preventScroll: true });
  });
  document.getElementById("cancel-reply").addEventListener("click", () => reply(null));
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !event.target.closest(".bottom")) openMenu([]);
  });

  async function start(deliverWords) {
    deliver = deliverWords;
    grow();
    const answer = await fetch(link("commands"));
    if (answer.ok) commands = await answer.json();
  }

  return { start, reply };
})();
