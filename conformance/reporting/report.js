"use strict";
// Filters with their state in the URL, buttons that copy, and links that open what they lead to.
(() => {
  const checks = [...document.querySelectorAll("details.check")];
  const bar = document.querySelector(".filter-bar");
  const words = new Map();
  const wordsOf = (check) => {
    if (!words.has(check)) words.set(check, check.textContent.toLowerCase());
    return words.get(check);
  };

  const chosen = () => Object.fromEntries([...new FormData(bar)].filter(([, value]) => value));

  const apply = () => {
    const { text, ...rest } = chosen();
    const wanted = (text || "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const check of checks) {
      const fits = Object.entries(rest).every(([name, value]) => check.dataset[name] === value)
        && wanted.every((word) => wordsOf(check).includes(word));
      check.hidden = !fits;
      shown += fits;
    }
    bar.querySelector("output").textContent = `${shown} of ${checks.length} checks`;
  };

  const remember = () => {
    const query = new URLSearchParams(chosen()).toString();
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
  };

  const recall = () => {
    const query = new URLSearchParams(location.search);
    for (const field of bar.elements) if (field.name) field.value = query.get(field.name) || "";
    apply();
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
  if (head && bar) {
    const first = () => [...document.querySelectorAll(".scim h1, .headline h2, .headline > p, .fix > ol > li")]
      .map((part) => (part.tagName === "LI" ? "- " : "") + part.innerText.replace(/\s+/g, " ").trim()).join("\n");
    head.append(button("Copy summary", first));
  }

  if (bar) {
    bar.hidden = false;
    bar.addEventListener("input", () => { apply(); remember(); });
    bar.addEventListener("submit", (event) => event.preventDefault());
    bar.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
    addEventListener("popstate", recall);
    recall();
  }
  addEventListener("hashchange", follow);
  // A link to where the URL leads already changes no hash.
  document.addEventListener("click", (event) => { if (event.target.closest('a[href^="#"]')) setTimeout(follow); });
  // On paper all that is to be fixed is open.
  addEventListener("beforeprint", () => {
    for (const check of checks) if (["FAIL", "WARN"].includes(check.dataset.verdict)) check.open = true;
  });
  follow();
})();
