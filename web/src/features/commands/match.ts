/** Whether every word of the search begins a word of the text. */
export function matches(search: string, text: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}_]+/u);
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)));
}
