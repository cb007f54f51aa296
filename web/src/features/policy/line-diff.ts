/** Which lines of a text went and came: the shortest way from one to the other. */
export type DiffLine = { kind: "same" | "gone" | "new"; text: string; before: number | null; after: number | null };

/** Beyond this the middle is shown as exchanged as a whole, so that a page never hangs on it. */
const MOST_CELLS = 4_000_000;

export function lineDiff(before: string, after: string): DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail])
    tail += 1;
  const lines: DiffLine[] = [];
  const same = (n: number, m: number) => lines.push({ kind: "same", text: a[n] ?? "", before: n + 1, after: m + 1 });
  const gone = (n: number) => lines.push({ kind: "gone", text: a[n] ?? "", before: n + 1, after: null });
  const come = (m: number) => lines.push({ kind: "new", text: b[m] ?? "", before: null, after: m + 1 });
  for (let n = 0; n < head; n += 1) same(n, n);
  const [aEnd, bEnd] = [a.length - tail, b.length - tail];
  const common = longest(a.slice(head, aEnd), b.slice(head, bEnd));
  let [n, m] = [head, head];
  for (const [toN, toM] of [...common, [aEnd - head, bEnd - head] as const]) {
    while (n < head + toN) gone(n++);
    while (m < head + toM) come(m++);
    if (n < aEnd && m < bEnd) same(n++, m++);
  }
  for (let k = 0; k < tail; k += 1) same(aEnd + k, bEnd + k);
  return lines;
}

/** The changes with a few lines around them; null stands for lines left out. */
export function hunks(lines: readonly DiffLine[], around = 3): (DiffLine | null)[] {
  const near = lines.map((_, n) =>
    lines.slice(Math.max(0, n - around), n + around + 1).some((line) => line.kind !== "same"),
  );
  return lines.flatMap((line, n) => (near[n] ? [line] : n === 0 || near[n - 1] ? [null] : []));
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** Index pairs of a longest common subsequence. */
function longest(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_CELLS) return [];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (n: number, m: number) => lengths[n * width + m] ?? 0;
  for (let n = a.length - 1; n >= 0; n -= 1) {
    for (let m = b.length - 1; m >= 0; m -= 1) {
      lengths[n * width + m] = a[n] === b[m] ? at(n + 1, m + 1) + 1 : Math.max(at(n + 1, m), at(n, m + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let [n, m] = [0, 0]; n < a.length && m < b.length; ) {
    if (a[n] === b[m]) {
      pairs.push([n, m]);
      n += 1;
      m += 1;
    } else if (at(n + 1, m) >= at(n, m + 1)) n += 1;
    else m += 1;
  }
  return pairs;
}
