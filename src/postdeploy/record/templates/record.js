(() => {
  const rows = [...document.querySelectorAll("details.row")];
  const items = [...document.querySelectorAll("details.item")];
  const buttons = [...document.querySelectorAll("[data-filter]")];
  const search = document.querySelector("input[type=search]");
  const found = document.getElementById("found");
  const nothing = document.querySelector(".nothing");
  const all = document.querySelector("[data-all]");
  const opened = new Map(rows.map((row) => [row, row.open]));
  const texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  let outcome = "";

  document.querySelector(".toolbar").hidden = false;

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const narrowed = Boolean(outcome || words.length);
    let shown = 0;
    for (const item of items) {
      const text = texts.get(item);
      const fits = (!outcome || item.dataset.outcome.split(" ").includes(outcome)) && words.every((word) => text.includes(word));
      item.hidden = !fits;
      shown += fits;
    }
    for (const row of rows) {
      const some = row.querySelector("details.item:not([hidden])");
      row.hidden = narrowed && !some;
      row.open = narrowed ? Boolean(some) : opened.get(row);
    }
    nothing.hidden = shown > 0 || !narrowed;
    found.textContent = narrowed ? `${shown} of ${items.length} items` : "";
  }

  function choose(button) {
    outcome = button.dataset.filter;
    for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
    show();
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.matches("details.item") && target.hidden) {
      search.value = "";
      choose(buttons[0]);
    }
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView({ block: "start" });
  }

  function toggleAll() {
    const open = all.dataset.all === "open";
    for (const part of [...rows, ...items]) part.open = open;
    for (const row of rows) opened.set(row, open);
    all.dataset.all = open ? "close" : "open";
    all.textContent = open ? "Close all" : "Open all";
  }

  for (const button of buttons) button.addEventListener("click", () => choose(button));
  all.addEventListener("click", toggleAll);
  search.addEventListener("input", show);
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    // Within the record only: elsewhere a single key belongs to whoever steers by voice.
    if (event.key === "/" && event.target.closest?.("#rows") && !event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape" && event.target === search) {
      search.value = "";
      show();
    }
  });
  addEventListener("beforeprint", () => {
    for (const item of items) {
      if (item.dataset.outcome === "passed" || item.dataset.outcome === "not-applicable") continue;
      item.open = true;
    }
    for (const row of rows) row.open = true;
  });
  reveal();
})();
