import { Button } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import type { LoopSpec } from "../../shared/api/types";
import css from "./inbox.module.css";
import { isStale, type Lacks, needsRationale, type Voice, type VoiceField } from "./voice";

type Props = {
  spec: LoopSpec;
  voice: Voice;
  /** The loop's words for what would be decided now; null where there are none. */
  words: string | null;
  /** Whether what would be decided now is a rejection. */
  rejecting: boolean;
  lacking: Lacks;
  /** A new object puts the focus there. */
  focus: { field: VoiceField } | null;
  onChange: (field: VoiceField, text: string) => void;
  onUseWords: () => void;
};

/** Why it is decided so, and what the person affected is told of it. */
export function VoiceFields(props: Props) {
  const { spec, voice, words, lacking, focus, onChange } = props;
  const id = useId();
  const rationale = useRef<HTMLTextAreaElement>(null);
  const notice = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (focus) (focus.field === "rationale" ? rationale : notice).current?.focus();
  }, [focus]);
  const needed = needsRationale(spec);
  return (
    <section className={css.voice} aria-label="Words with the decision">
      <div>
        <label className={css.fieldTitle} htmlFor={`${id}-why`}>
          Why (for the record)
        </label>
        <span className={css.voiceNote}>{needed ? "required" : "optional"}</span>
        <textarea
          ref={rationale}
          id={`${id}-why`}
          className={css.input}
          rows={2}
          required={needed}
          aria-invalid={lacking.rationale !== undefined}
          aria-describedby={lacking.rationale ? `${id}-why-problem` : undefined}
          value={voice.rationale}
          onChange={(event) => onChange("rationale", event.target.value)}
        />
        <Problem id={`${id}-why-problem`} text={lacking.rationale} />
      </div>
      <div>
        <label className={css.fieldTitle} htmlFor={`${id}-told`}>
          What the person affected is told
        </label>
        <span className={css.voiceNote}>{spec.notice?.required ? "required" : "optional"}</span>
        <textarea
          ref={notice}
          id={`${id}-told`}
          className={css.input}
          rows={2}
          aria-invalid={lacking.notice !== undefined}
          aria-describedby={lacking.notice ? `${id}-told-problem ${id}-told-hint` : `${id}-told-hint`}
          value={voice.notice?.text ?? words ?? ""}
          onChange={(event) => onChange("notice", event.target.value)}
        />
        <Problem id={`${id}-told-problem`} text={lacking.notice} />
        <div className={css.voiceHint}>
          <p id={`${id}-told-hint`} className={css.muted}>
            {hint(props)}
          </p>
          {voice.notice !== null && words !== null && (
            <Button size="compact-xs" variant="subtle" onClick={props.onUseWords}>
              Use the loop's words
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

function Problem({ id, text }: { id: string; text: string | undefined }) {
  if (!text) return null;
  return (
    <p id={id} className={css.problem} role="alert">
      {text}
    </p>
  );
}

function hint({ spec, voice, words, rejecting }: Props): string {
  const own = voice.notice;
  if (own?.text.trim()) {
    const stale = isStale(own, words, rejecting ? null : {});
    if (!stale) return "Your own words.";
    return words ? `Written for another answer. The loop's words are now: “${words}”` : "Written for another answer.";
  }
  if (words !== null) {
    return own ? `Left empty, the loop's words are told: “${words}”` : "The loop's words; change what does not fit.";
  }
  const template = rejecting ? spec.notice?.rejected : spec.notice?.template;
  if (template) return `The loop's words are filled in with the decision: “${template}”`;
  return "Plain words; the loop has none of its own for this.";
}
