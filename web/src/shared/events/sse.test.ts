import { expect, it } from "vitest";
import { SseReader } from "./sse";

const text =
  ': hello\nid: 7\nevent: case.submitted\ndata: {"i":7}\n\nid: 8\r\nevent: judgment.made\r\ndata: {"a":1,\r\ndata: "b":2}\r\n\r\ndata: bare\n\n';
const expected = [
  { id: "7", kind: "case.submitted", data: '{"i":7}' },
  { id: "8", kind: "judgment.made", data: '{"a":1,\n"b":2}' },
  { id: "8", kind: "message", data: "bare" },
];

it("reads events whole", () => {
  expect(new SseReader().feed(text)).toEqual(expected);
});

it("reads the same events however the stream is cut", () => {
  for (let size = 1; size < 20; size += 1) {
    const reader = new SseReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.feed(text.slice(at, at + size)));
    expect(events, `cuts of ${size}`).toEqual(expected);
  }
});
