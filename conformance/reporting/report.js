"use strict";
// Filters with their state in the URL, buttons that copy, and links that open what they lead to.
(() => {
  const checks = [...document.querySelectorAll("details.check")];
  // Each list of rows has a bar of its own; the names of all fields are different, so that one URL holds them all.
  const lists = [...document.querySelectorAll(".filter-bar")].map((bar) => ({
    bar,
    rows: [...document.querySelectorAll(bar.dataset.rows)],
    search: bar.querySelector("input[type=search]").name,
  }));
  const words = new Map();
  const wordsOf = (row) => {
    if (!words.has(row)) words.set(row, row.textContent.toLowerCase());
    return words.get(row);
  };

  const chosen = (bar) => [...new FormData(bar)].filter(([, value]) => value);

  const apply = ({ bar, rows, search }) => {
    const { [search]: text = "", ...rest } = Object.fromEntries(chosen(bar));
    const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const fits = Object.entries(rest).every(([name, value]) => row.dataset[name] === value)
        && wanted.every((word) => wordsOf(row).includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    bar.querySelector("output").textContent = `${shown} of ${rows.length} ${bar.dataset.unit}`;
  };

  const remember = () => {
    const query = new URLSearchParams(lists.flatMap(({ bar }) => chosen(bar))).toString();
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
  };

  const recall = () => {
    const query = new URLSearchParams(location.search);
    for (const list of lists) {
      for (const field of list.bar.elements) if (field.name) field.value = query.get(field.name) || "";
      apply(list);
      // What a copied URL chose from is not left folded.
      const folded = list.bar.closest("details");
      if (folded && chosen(list.bar).length) folded.open = true;
    }
  };

  // A link to a check opens it, whatever the filters hide.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    target.hidden = false;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
    (target.querySelector("summary") || target).focus({ preventScroll: true });
  };

  const copy = async (button, text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  };

  const button = (label, text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", () => copy(made, text()));
    return made;
  };

  const fenced = (text) => {
    const longest = Math.max(2, ...(text.match(/`+/g) || []).map((run) => run.length));
    const fence = "`".repeat(longest + 1);
    return `${fence}\n${text.trim()}\n${fence}`;
  };

  const issue = (check) => {
    const text = (selector) => check.querySelector(selector)?.textContent.trim() || "";
    const lines = [`# ${text("summary .title")} (${check.id})`, ""];
    for (const side of check.querySelectorAll(".told > div")) {
      lines.push(`**${side.querySelector("h3").textContent}**`, "", fenced(side.querySelector("p").textContent), "");
    }
    for (const name of check.querySelectorAll("dl > dt")) {
      lines.push(`**${name.textContent}**: ${name.nextElementSibling.textContent.trim()}`, "");
    }
    for (const part of check.querySelectorAll(".waterfall details")) {
      lines.push(`## ${part.querySelector("summary").textContent.trim()}`, "");
      for (const block of part.querySelectorAll("pre")) lines.push(fenced(block.textContent), "");
    }
    lines.push("Run it again:", "", fenced(text(':scope > div > pre[data-name="command"]')));
    return lines.join("\n");
  };

  // Buttons are made when a check is opened: a page of 500 checks is usable at once.
  const equip = (check) => {
    if (check.dataset.equipped) return;
    check.dataset.equipped = "yes";
    for (const block of check.querySelectorAll("pre.copy")) {
      const made = button(`Copy ${block.dataset.name}`, () => block.textContent);
      block.before(made);
    }
    const row = document.createElement("p");
    row.className = "buttons";
    row.append(
      button("Copy as issue (Markdown)", () => issue(check)),
      button("Copy link", () => location.href.split("#")[0] + "#" + check.id),
    );
    check.querySelector(".scim-detail").prepend(row);
    for (const mark of check.querySelectorAll("pre mark")) {
      const block = mark.closest("pre");
      block.scrollTop += mark.getBoundingClientRect().top - block.getBoundingClientRect().top - block.clientHeight / 2;
    }
  };
  for (const check of checks) check.addEventListener("toggle", () => { if (check.open) equip(check); });

  const head = document.querySelector(".scim > header");
  if (head && lists.length) {
    const first = () => [...document.querySelectorAll(".scim h1, .headline h2, .headline > p, .lost > h2, .lost > ol > li, .fix > ol > li")]
      .map((part) => (part.tagName === "LI" ? "- " : "") + part.innerText.replace(/\s+/g, " ").trim()).join("\n");
    head.append(button("Copy summary", first));
  }

  for (const list of lists) {
    const again = () => { apply(list); remember(); };
    list.bar.hidden = false;
    list.bar.addEventListener("input", again);
    list.bar.addEventListener("submit", (event) => event.preventDefault());
    list.bar.addEventListener("reset", () => setTimeout(again));
  }
  addEventListener("popstate", recall);
  recall();
  addEventListener("hashchange", follow);
  // A link to where the URL leads already changes no hash.
  document.addEventListener("click", (event) => { if (event.target.closest('a[href^="#"]')) setTimeout(follow); });
  // On paper all that is to be fixed is open.
  addEventListener("beforeprint", () => {
    for (const check of checks) if (["FAIL", "WARN"].includes(check.dataset.verdict)) check.open = true;
  });
  follow();
})();
