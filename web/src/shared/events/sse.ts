/** One event of a stream: `id` is the ledger's index, `kind` its name, `data` the JSON text. */
export type StreamEvent = { id: string | null; kind: string; data: string };

/**
 * Reads the text of a server-sent event stream in any cut. Feeding it a chunk gives the events
 * that are complete by then (WHATWG HTML, section 9.2.6, without `retry`).
 */
export class SseReader {
  private rest = "";
  private id: string | null = null;
  private kind = "message";
  private data: string[] = [];

  feed(chunk: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    const text = this.rest + chunk;
    // A carriage return at the cut may be the first half of CRLF.
    const usable = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = usable.split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + (text.endsWith("\r") ? "\r" : "");
    for (const line of lines) {
      const event = this.line(line);
      if (event) events.push(event);
    }
    return events;
  }

  private line(line: string): StreamEvent | null {
    if (line === "") return this.dispatch();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "event") this.kind = value;
    else if (name === "id") this.id = value;
    return null;
  }

  private dispatch(): StreamEvent | null {
    const event = this.data.length ? { id: this.id, kind: this.kind, data: this.data.join("\n") } : null;
    this.kind = "message";
    this.data = [];
    return event;
  }
}
