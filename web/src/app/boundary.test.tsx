import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Boundary } from "./boundary";

afterEach(cleanup);

let broken = true;

function Page() {
  if (broken) throw new Error("no such field");
  return <p>the page</p>;
}

const at = (path: string) => (
  <MantineProvider>
    <nav>the way on</nav>
    <Boundary path={path}>
      <Page />
    </Boundary>
  </MantineProvider>
);

describe("a page that throws", () => {
  beforeEach(() => {
    broken = true;
    vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(() => vi.restoreAllMocks());

  it("leaves the rest standing and is shown again when asked", () => {
    render(at("/loops"));
    expect(screen.getByText("the way on")).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toContain("No such field");
    broken = false;
    fireEvent.click(screen.getByRole("button", { name: "Show the page again" }));
    expect(screen.getByText("the page")).toBeTruthy();
  });

  it("does not stand in the way of another page", () => {
    const { rerender } = render(at("/loops"));
    expect(screen.getByRole("alert")).toBeTruthy();
    broken = false;
    rerender(at("/ledger"));
    expect(screen.getByText("the page")).toBeTruthy();
  });
});
