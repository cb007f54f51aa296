import type { Gate } from "../../shared/api/types";
import { humanise } from "../../shared/format/format";

/** What should be looked at about an approved call; null where nothing should. */
export function alarmInWords(gate: Gate): { title: string; words: string } | null {
  switch (gate.alarm) {
    case undefined:
    case null:
      return null;
    case "unconsumed":
      return {
        title: "Nobody took this call up",
        words:
          "It was approved, and whoever was to run it has not come back. The approval is good until the time below.",
      };
    case "execution_unknown":
      return {
        title: "Nobody knows how this call went",
        words: "It was handed out to be run, and no result came back. Look where it acts before it is asked for again.",
      };
    default:
      return { title: humanise(gate.alarm), words: "" };
  }
}

/** Where the call acts, and what became of it, as rows of facts. */
export function gateFacts(gate: Gate): [string, string][] {
  return [
    ...(gate.tool ? ([["Tool", gate.tool]] as [string, string][]) : []),
    ...(gate.target ? ([["Acts on", gate.target]] as [string, string][]) : []),
    ...(gate.executor ? ([["May run it", gate.executor]] as [string, string][]) : []),
    ...(gate.execution ? ([["Result", gate.execution]] as [string, string][]) : []),
  ];
}
