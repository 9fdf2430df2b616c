// Records what a signed-in person does, as a session replay tool's snippet would.
(() => {
  const script = document.currentScript;
  if (!script || window.__fullstory_recorder__) return;
  window.__fullstory_recorder__ = true;
  const target = new URL("../rec/bundle", script.src).href;
  const waiting = [];
  let email = null;
  let view = 0;
  let timer = null;

  const sessionId = () => {
    const key = `fs:${email}`;
    try {
      const known = sessionStorage.getItem(key);
      if (known) return known;
      const made = crypto.getRandomValues(new BigUint64Array(1))[0].toString();
      sessionStorage.setItem(key, made);
      return made;
    } catch {
      return `${performance.timeOrigin}`.replace(".", "");
    }
  };

  // text/plain keeps this a simple request: no preflight, and it outlives the page.
  const post = () => {
    clearTimeout(timer);
    timer = null;
    if (!email || waiting.length === 0) return;
    const events = waiting.splice(0);
    fetch(target, {
      method: "POST",
      keepalive: true,
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({ session: sessionId(), email, events }),
    }).catch(() => {
      // A recorder must not disturb the page; what could not be posted is lost.
    });
  };

  const record = (type, properties) => {
    const time = new Date().toISOString();
    waiting.push({ type, time, url: location.href, view: `${view}`, properties });
    timer ??= setTimeout(post, 100);
  };

  const navigated = (reason) => {
    view += 1;
    record("navigate", { navigate_reason: reason });
  };

  const identify = ({ uid, properties }) => {
    const found = properties?.email ?? uid;
    if (!found || found === email) return;
    email = found;
    record("identify", { email });
    post();
  };

  const operations = {
    setIdentity: identify,
    trackEvent: ({ name, properties }) => record("custom", { event_name: name, ...properties }),
  };

  const textOf = (element) =>
    (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 80);

  document.addEventListener(
    "click",
    (event) => {
      const element = event.target instanceof Element ? event.target : null;
      const control = element?.closest("a, button, [role]") ?? element;
      if (control) record("click", { tag: control.tagName.toLowerCase(), text: textOf(control) });
    },
    true,
  );
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name].bind(history);
    history[name] = (...args) => {
      const before = location.href;
      original(...args);
      if (location.href !== before) navigated("history");
    };
  }
  addEventListener("popstate", () => navigated("history"));
  addEventListener("pagehide", post);
  navigated("navigate");

  // A page may call FS before this script is there; until then its calls wait in FS.q.
  const early = window.FS?.q ?? [];
  window.FS = (operation, properties) => operations[operation]?.(properties ?? {});
  for (const [operation, properties] of early) window.FS(operation, properties);
})();
