/** A verifier's findings as sentences, whatever shape they came in. */
export function problemsInWords(problems: readonly unknown[] | undefined): string[] {
  return (problems ?? []).map((problem) => {
    if (typeof problem === "string") return problem;
    const { detail, message, index } = (problem ?? {}) as Record<string, unknown>;
    const words = detail ?? message;
    if (typeof words !== "string") return JSON.stringify(problem);
    return index === undefined || index === null || words.includes(String(index))
      ? words
      : `Event ${String(index)}: ${words}`;
  });
}
