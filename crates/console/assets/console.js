"use strict";
// What a page does beyond links and forms; everything works without it.
(() => {
  const all = (root, selector) => root.querySelectorAll(selector);
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const digits = new Intl.NumberFormat();

  // Times and numbers as the reader writes them; the ISO form stays in the title.
  function localise(root) {
    for (const time of all(root, "time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) time.textContent = moment.format(at);
    }
    for (const number of all(root, "data.number")) {
      const value = Number(number.value);
      if (Number.isFinite(value)) number.textContent = digits.format(value);
    }
  }

  function copying(root) {
    for (const button of all(root, "[data-copy]")) {
      const source = button.parentElement.querySelector("pre, code");
      if (!source || !navigator.clipboard) continue;
      button.hidden = false;
      button.addEventListener("click", async () => {
        const before = button.textContent;
        try {
          await navigator.clipboard.writeText(source.textContent);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Not copied";
        }
        setTimeout(() => { button.textContent = before; }, 1500);
      });
    }
  }

  // A text file that is dropped on a text area becomes its text; DER becomes PEM where the area says of what.
  const MOST_BYTES = 1048576;
  function asText(buffer, label) {
    const bytes = new Uint8Array(buffer);
    if (!label || bytes[0] !== 0x30 || bytes[1] < 0x80) return new TextDecoder().decode(bytes);
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    const lines = btoa(binary).match(/.{1,64}/g).join("\n");
    return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  }
  // Files that were left out, said below the text area.
  function leftOut(area, names) {
    area.parentElement.querySelector("[data-left-out]")?.remove();
    if (names.length === 0) return;
    const told = document.createElement("p");
    told.className = "fault";
    told.dataset.leftOut = "";
    told.setAttribute("role", "alert");
    told.textContent = `Too large, and left out: ${names.join(", ")}. A file may have 1 MiB.`;
    area.after(told);
  }
  function dropping(root) {
    for (const area of all(root, "textarea[data-drop]")) {
      const mark = (on) => (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        area.classList.toggle("over", on);
      };
      area.addEventListener("dragenter", mark(true));
      area.addEventListener("dragover", mark(true));
      area.addEventListener("dragleave", mark(false));
      area.addEventListener("drop", async (event) => {
        const files = [...event.dataTransfer.files];
        if (files.length === 0) return;
        event.preventDefault();
        area.classList.remove("over");
        const taken = files.filter((file) => file.size <= MOST_BYTES);
        leftOut(area, files.filter((file) => !taken.includes(file)).map((file) => file.name));
        if (taken.length === 0) return;
        const texts = [];
        for (const file of taken) texts.push(asText(await file.arrayBuffer(), area.dataset.drop));
        area.value = texts.join("");
        area.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }

  // A list that shows only the rows with what is typed.
  function filtering(root) {
    for (const input of all(root, "[data-filter]")) {
      const target = document.querySelector(input.dataset.filter);
      if (!target) continue;
      input.hidden = false;
      input.addEventListener("input", () => {
        const wanted = input.value.trim().toLowerCase();
        for (const row of all(target, "[data-row]")) {
          row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        }
      });
    }
  }

  // A part of the page that is fetched again and again while it is looked at.
  const EVERY = 3000;
  function living(root) {
    for (const part of all(root, "[data-live]")) {
      const look = async () => {
        if (!document.hidden && !part.contains(document.activeElement)) {
          try {
            const answer = await fetch(part.dataset.live, { credentials: "same-origin", headers: { accept: "text/html" } });
            if (answer.redirected || answer.status === 403) return;
            if (answer.ok) {
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              part.replaceChildren(...page.body.childNodes);
              start(part);
            }
          } catch {
            // The server is away: look again later.
          }
        }
        setTimeout(look, EVERY);
      };
      setTimeout(look, EVERY);
    }
  }

  function start(root) {
    localise(root);
    copying(root);
    dropping(root);
    filtering(root);
  }

  start(document);
  living(document);
})();
