// Reading server-sent events from a response's body.

/** Yields `{event, data}` for each event of a text/event-stream; `data` is parsed JSON. */
export async function* eventsOf(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true }).replaceAll("\r", "")).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
  }
}

function parse(block) {
  const lines = block.split("\n");
  const valuesOf = (name) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
  const data = valuesOf("data");
  return data.length ? { event: valuesOf("event")[0] ?? "message", data: JSON.parse(data.join("\n")) } : null;
}
