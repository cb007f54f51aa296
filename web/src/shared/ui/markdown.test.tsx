import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { blocksOf, Markdown } from "./markdown";

afterEach(cleanup);

it("finds paragraphs, lists and headings", () => {
  expect(blocksOf("# Rules\nOne\ntwo.\n\n- a\n- b\n  goes on\n\nEnd")).toEqual([
    { kind: "heading", lines: ["Rules"] },
    { kind: "paragraph", lines: ["One", "two."] },
    { kind: "list", lines: ["a", "b goes on"] },
    { kind: "paragraph", lines: ["End"] },
  ]);
});

it("renders emphasis and shows HTML as text", () => {
  const { container } = render(<Markdown text={"What was **meant**, `x` and *so*. <img src=x onerror=alert(1)>"} />);
  expect(container.querySelector("strong")?.textContent).toBe("meant");
  expect(container.querySelector("code")?.textContent).toBe("x");
  expect(container.querySelector("em")?.textContent).toBe("so");
  expect(container.querySelector("img")).toBeNull();
  expect(container.textContent).toContain("<img src=x");
});
