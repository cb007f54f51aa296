import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { catalog } from "./catalog";
import { isSingle, keyLabel, keyName } from "./keys";
import { bind, bindRaw, conflicts, keysOf, onKeyDown, remap, resetKeys, setSingleKeys } from "./registry";

function press(key: string, init: KeyboardEventInit = {}, target: HTMLElement = document.body): void {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  Object.defineProperty(event, "target", { value: target });
  onKeyDown(event);
}

const undo: (() => void)[] = [];
function bound(id: Parameters<typeof bind>[0]) {
  const handler = vi.fn();
  undo.push(bind(id, handler));
  return handler;
}

describe("hotkeys", () => {
  beforeEach(() => resetKeys());
  afterEach(() => {
    for (const off of undo.splice(0)) off();
  });

  it("has no two commands on one key where both are heard", () => {
    for (const command of catalog) {
      for (const key of command.keys) expect(conflicts(key, command.id), `${command.id} ${key}`).toEqual([]);
    }
  });

  it("runs a command once per press and never for a held key", () => {
    const approve = bound("inbox.approve");
    press("a");
    press("a", { repeat: true });
    press("a", { repeat: true });
    expect(approve).toHaveBeenCalledTimes(1);
  });

  it("leaves letters to text fields but hears chords there", () => {
    const approve = bound("inbox.approve");
    const send = bound("inbox.send");
    const field = document.createElement("textarea");
    press("a", {}, field);
    press("Enter", { ctrlKey: true }, field);
    expect(approve).not.toHaveBeenCalled();
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("hears sequences", () => {
    const inbox = bound("go.inbox");
    const approve = bound("inbox.approve");
    press("g");
    press("i");
    expect(inbox).toHaveBeenCalledTimes(1);
    press("i");
    expect(inbox).toHaveBeenCalledTimes(1);
    expect(approve).not.toHaveBeenCalled();
  });

  it("asks options' own keys before commands", () => {
    const approve = bound("inbox.approve");
    undo.push(bindRaw((name) => name === "a"));
    press("a");
    expect(approve).not.toHaveBeenCalled();
  });

  it("lets a person remap a key and switch single keys off", () => {
    const approve = bound("inbox.approve");
    remap("inbox.approve", ["q"]);
    press("a");
    expect(approve).not.toHaveBeenCalled();
    press("q");
    expect(approve).toHaveBeenCalledTimes(1);
    expect(keysOf("inbox.approve")).toEqual(["q"]);
    setSingleKeys(false);
    press("q");
    expect(approve).toHaveBeenCalledTimes(1);
  });

  it("finds a conflict with a remapped key", () => {
    expect(conflicts("x", "inbox.approve").map((command) => command.id)).toEqual(["inbox.reject"]);
    expect(conflicts("g", "inbox.approve").length).toBeGreaterThan(0);
  });
});

describe("key names", () => {
  it("names presses as commands are written", () => {
    const plain = { shiftKey: false, metaKey: false, ctrlKey: false, altKey: false };
    expect(keyName({ ...plain, key: "A", shiftKey: true })).toBe("shift+a");
    expect(keyName({ ...plain, key: "?", shiftKey: true })).toBe("?");
    expect(keyName({ ...plain, key: "k", metaKey: true })).toBe("mod+k");
    expect(keyName({ ...plain, key: "Escape" })).toBe("escape");
  });

  it("knows which keys are single characters", () => {
    expect(isSingle("a")).toBe(true);
    expect(isSingle("shift+a")).toBe(true);
    expect(isSingle("g i")).toBe(true);
    expect(isSingle("mod+k")).toBe(false);
    expect(isSingle("escape")).toBe(false);
  });

  it("prints key caps", () => {
    expect(keyLabel("g i")).toBe("G then I");
    expect(keyLabel("escape")).toBe("Esc");
  });
});
