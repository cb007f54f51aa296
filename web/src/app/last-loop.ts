const STORE = "tandem.loop";

/** The loop whose page was open last, so that "live" leads somewhere. */
export function rememberedLoop(): string | null {
  return localStorage.getItem(STORE);
}

export function rememberLoop(name: string): void {
  localStorage.setItem(STORE, name);
}
