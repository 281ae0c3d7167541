// What the pages gain from scripts: times in the reader's zone, keys, polls that stop while nobody looks.
"use strict";

(() => {
  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const named = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });
  const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

  function ago(when) {
    const seconds = Math.round((when - Date.now()) / 1000);
    const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) || units[3];
    return relative.format(Math.trunc(seconds / length), unit);
  }

  function lasting(when) {
    const minutes = Math.max(0, Math.floor((Date.now() - when) / 60000));
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) {
      return `${Math.floor(hours / 24)} d ${hours % 24} h`;
    }
    return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  }

  function zoneOf(when) {
    return named.formatToParts(when).find((part) => part.type === "timeZoneName").value;
  }

  function showTimes(root) {
    for (const element of root.querySelectorAll("[data-show]")) {
      const text = element.dateTime || element.dataset.time;
      const when = new Date(text);
      if (element.dateTime) {
        element.title = `${text.replace("T", " ").replace("Z", "")} UTC`;
      }
      if (element.dataset.show === "ago") {
        element.textContent = ago(when);
        element.title = `${zone.format(when)} ${zoneOf(when)} · ${element.title}`;
      } else if (element.dataset.show === "lasting") {
        element.textContent = lasting(when);
      } else if (element.dataset.show === "local") {
        element.textContent = `${zone.format(when)} ${zoneOf(when)}`;
      } else {
        element.textContent = (element.dataset.show === "day" ? day : hour).format(when);
      }
    }
  }

  // Keys: "/" leads to the search, "g" and a letter to a page, "?" shows them all.
  let going = 0;
  function onKey(event) {
    const field = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.ctrlKey || event.metaKey || event.altKey || field || document.querySelector("dialog[open]")) {
      if (event.key === "Escape" && field) {
        field.blur();
      }
      return;
    }
    if (Date.now() - going < 1500) {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      going = 0;
      if (link) {
        event.preventDefault();
        link.click();
      }
    } else if (event.key === "g") {
      going = Date.now();
    } else if (event.key === "?") {
      document.getElementById("keys")?.showModal();
    } else if (event.key === "Escape") {
      closeMenus();
    } else {
      const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (target) {
        event.preventDefault();
        target.focus();
      }
    }
  }

  function closeMenus(but) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== but) {
        menu.open = false;
      }
    }
  }

  // A poll asks with the tag of what is shown: a 304 changes nothing. data-poll holds the seconds between two polls.
  // What is known of a poll is kept by the id of its element, which each answer replaces.
  const polls = new Map();
  function pollOf(element) {
    if (!polls.has(element.id)) {
      polls.set(element.id, { due: Date.now() + 1000 * element.dataset.poll, tag: "" });
    }
    return polls.get(element.id);
  }

  function poll() {
    for (const element of document.querySelectorAll("[data-poll]")) {
      const state = pollOf(element);
      // Nothing is replaced that somebody uses.
      const isInUse = element.querySelector("details[open]") || element.contains(document.activeElement);
      if (!document.hidden && !isInUse && Date.now() >= state.due) {
        state.due = Date.now() + 1000 * element.dataset.poll;
        htmx.trigger(element, "poll");
      }
    }
  }

  // A log shows its end, unless the reader has scrolled up in it.
  const places = new Map();
  function keepPlaces() {
    for (const log of document.querySelectorAll("[data-follow]")) {
      const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
      places.set(log.id, isAtEnd ? Infinity : log.scrollTop);
    }
  }
  function restorePlaces() {
    for (const log of document.querySelectorAll("[data-follow]")) {
      log.scrollTop = Math.min(places.get(log.id) ?? Infinity, log.scrollHeight);
    }
  }

  // What stands in an element is copied by its button. Only safe connections have a clipboard; on others it is chosen.
  function copy(button) {
    const element = document.getElementById(button.dataset.copy);
    if (navigator.clipboard) {
      navigator.clipboard.writeText(element.textContent).then(() => {
        button.ariaLabel = button.lastChild.data = "Copied";
      });
    } else {
      getSelection().selectAllChildren(element);
    }
  }
  function showCopies() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
    }
  }

  // On a narrow screen the links to the pages are a line that scrolls: the one of this page is seen.
  function showPlace() {
    const side = document.querySelector(".side");
    const here = side?.querySelector("[aria-current]");
    if (here) {
      side.scrollLeft = here.offsetLeft - (side.clientWidth - here.offsetWidth) / 2;
    }
  }

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.matches("[data-poll]") && pollOf(detail.elt).tag) {
      detail.headers["If-None-Match"] = pollOf(detail.elt).tag;
    }
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    keepPlaces();
    const asked = new URL(detail.requestConfig.path, location);
    if (new URL(detail.xhr.responseURL).pathname !== asked.pathname) {
      // The session is over, so that the login was answered: the whole page leads there, and back.
      detail.shouldSwap = false;
      location.reload();
    } else if (detail.xhr.status === 304) {
      detail.shouldSwap = false;
    } else if (detail.requestConfig.elt.matches("[data-poll]")) {
      pollOf(detail.requestConfig.elt).tag = detail.xhr.getResponseHeader("ETag") || "";
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    showTimes(document);
    restorePlaces();
  });

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      copy(button);
    }
  });
  document.addEventListener("visibilitychange", poll);
  showCopies();
  showTimes(document);
  showPlace();
  restorePlaces();
  setInterval(() => showTimes(document), 30000);
  setInterval(poll, 1000);
})();
