// Disturbs a page that is right: notices slide over it, and its lists are built anew.
(() => {
  const { weather } = JSON.parse(document.getElementById("config").textContent);
  if (weather === undefined) return;

  // Mulberry32: small, and good enough for this.
  let state = weather;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (least, most) => least + draw() * (most - least);
  const oneOf = (choices) => choices[Math.floor(draw() * choices.length)];

  // Lists of links, whose clicks the document takes; and the vault's table, which can redraw itself.
  const LISTS = "ul.results, .toggles + div > .link-list, nav > .link-list, tbody";
  // Ten frames are a sixth of a second, and more where a machine is slow: there, too, a list is seen before it goes.
  const FRAMES = 10;
  const [SOONEST, LATEST] = [235, 735];
  const known = new WeakSet();
  const frame = () => new Promise(requestAnimationFrame);
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  function rebuild(list) {
    if (list.redraw) list.redraw();
    else if (!list.matches("tbody")) list.replaceChildren(...[...list.children].map((item) => item.cloneNode(true)));
  }

  async function keepRebuilding(list) {
    while (list.isConnected) {
      for (let count = 0; count < FRAMES; count += 1) await frame();
      await pause(between(SOONEST, LATEST));
      rebuild(list);
    }
  }

  function rebuildLists() {
    const fresh = [...document.querySelectorAll(LISTS)].filter((list) => !known.has(list));
    for (const list of fresh) {
      known.add(list);
      keepRebuilding(list);
    }
  }

  // Shown for at most 1.5 s, and then not for at least 3 s: never more than a third of the time.
  const NOTICES = [
    "Welcome back! You have no new messages.",
    "New: compare up to five policies at once.",
    "Tip: a report can be shared from its page.",
    "Maintenance on Sunday, 02:00 to 03:00 UTC.",
  ];
  const TARGETS = "main button, main a.button, main [role=tab], main table, main ul.results, main .link-list, .person";

  const isSeen = (element) => {
    const { width, height, top, bottom } = element.getBoundingClientRect();
    return width && height && bottom > 0 && top < innerHeight;
  };

  function showNotice() {
    const target = oneOf([...document.querySelectorAll(TARGETS)].filter(isSeen)) ?? document.body;
    const { left, top, width, height } = target.getBoundingClientRect();
    const notice = document.createElement("div");
    notice.className = "toast";
    if (draw() < 0.5) notice.setAttribute("role", "status");
    notice.textContent = oneOf(NOTICES);
    const x = Math.max(180, Math.min(left + width / 2, innerWidth - 180));
    const y = Math.min(top + height / 2, innerHeight - 40);
    const place = { position: "fixed", left: x + "px", top: y + "px", width: "20rem", zIndex: 30, translate: "-50% -50%" };
    Object.assign(notice.style, place);
    document.body.append(notice);
    notice.animate([{ translate: "-50% -150%", opacity: 0 }, { translate: "-50% -50%", opacity: 1 }], 180);
    return notice;
  }

  function scheduleNotice(milliseconds) {
    setTimeout(() => {
      const notice = showNotice();
      const shown = between(1000, 1500);
      setTimeout(() => notice.remove(), shown);
      scheduleNotice(shown + between(3000, 7000));
    }, milliseconds);
  }

  document.addEventListener("DOMContentLoaded", () => {
    setInterval(rebuildLists, 200);
    scheduleNotice(between(300, 5000));
  });
})();
