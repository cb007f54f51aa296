import { Button, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId } from "react";
import { api, query } from "../../shared/api/client";
import { loopQuery } from "../../shared/api/queries";
import type { LoopView } from "../../shared/api/types";
import { Failure, Skeleton } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import { DiffView } from "./diff-view";
import css from "./policy.module.css";

/** What is to be kept or put in force: a text, or a version that is kept already. */
export type Wish =
  | { kind: "draft"; source: string; format: string; widens: readonly string[] }
  | { kind: "publish"; source: string; format: string; widens: readonly string[] }
  | { kind: "version"; version: number; agree: boolean };

type Props = {
  head: LoopView;
  wish: Wish | null;
  onClose: () => void;
  onDone: (kept: { version: number; state: string }) => void;
};

export function PublishDialog({ head, wish, onClose, onDone }: Props) {
  const title =
    wish?.kind === "draft"
      ? "Keep a draft"
      : wish?.kind === "version" && wish.agree
        ? `Agree to version ${wish.version}`
        : wish?.kind === "version"
          ? `Publish version ${wish.version}`
          : "Publish";
  return (
    <Modal
      opened={wish !== null}
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {wish?.kind === "version" && <OfVersion head={head} wish={wish} onClose={onClose} onDone={onDone} />}
      {wish && wish.kind !== "version" && <Ask head={head} wish={wish} text={wish} onClose={onClose} onDone={onDone} />}
    </Modal>
  );
}

function OfVersion({ head, wish, onClose, onDone }: Props & { wish: Extract<Wish, { kind: "version" }> }) {
  const loop = useQuery(loopQuery(head.name, wish.version));
  if (loop.isError) return <Failure what="The version could not be read" error={loop.error} />;
  if (!loop.data) return <Skeleton height={160} />;
  return <Ask head={head} wish={wish} text={loop.data} onClose={onClose} onDone={onDone} />;
}

function Ask({
  head,
  wish,
  text,
  onClose,
  onDone,
}: Props & { wish: Wish; text: { source: string; widens: readonly string[] } }) {
  const client = useQueryClient();
  const id = useId();
  const path = `/v1/loops/${encodeURIComponent(head.name)}`;
  const keep = useMutation({
    mutationFn: async (reason: string): Promise<LoopView> => {
      if (wish.kind === "version") return api.post<LoopView>(`${path}/versions/${wish.version}/publish`, { reason });
      const contentType = wish.format === "json" ? "application/json" : "application/yaml";
      const how = query({ draft: wish.kind === "draft" ? "true" : null, reason });
      return (await api.put<{ loop: LoopView }>(`${path}${how}`, wish.source, { contentType })).loop;
    },
    onSuccess: async (loop) => {
      const kept = loop.versions.find(({ version }) => version === loop.version);
      const state = kept?.state ?? "published";
      toast(
        state === "published"
          ? `Version ${loop.version} is in force.`
          : state === "proposed"
            ? `Version ${loop.version} is proposed: another person must publish it.`
            : `Version ${loop.version} is kept as a draft.`,
        "good",
      );
      await Promise.all([
        client.invalidateQueries({ queryKey: ["loop", head.name] }),
        client.invalidateQueries({ queryKey: ["autonomy", head.name] }),
        client.invalidateQueries({ queryKey: ["dry-run", head.name] }),
        client.invalidateQueries({ queryKey: ["loops"] }),
      ]);
      onDone({ version: loop.version, state });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    keep.mutate(String(new FormData(event.currentTarget).get("reason") ?? "").trim());
  };
  const draft = wish.kind === "draft";
  const agree = wish.kind === "version" && wish.agree;
  const two = text.widens.length > 0;
  const action = draft ? "Keep the draft" : agree ? "Agree and publish" : two ? "Propose" : "Publish";
  return (
    <form className={css.ask} onSubmit={submit}>
      <DiffView before={head.source} after={text.source} label="Changes to the loop file" />
      <Widens widens={text.widens} />
      <p>
        {draft
          ? "Nothing changes for cases until it is published."
          : agree
            ? "You are the second person: with this it takes effect for every case that comes in."
            : two
              ? "So it takes two persons: you propose it, and another one publishes it."
              : "It widens nothing, so it takes effect at once, for every case that comes in."}
      </p>
      <div className={css.why}>
        <label htmlFor={id}>Why{draft ? " (optional)" : ""}</label>
        <textarea id={id} name="reason" rows={2} required={!draft} maxLength={2000} data-autofocus />
      </div>
      {keep.isError && <Failure what="Nothing was changed" error={keep.error} />}
      <div className={css.buttons}>
        <Button type="submit" variant="filled" loading={keep.isPending}>
          {action}
        </Button>
        <Button variant="subtle" onClick={onClose}>
          Leave it
        </Button>
      </div>
    </form>
  );
}

/** In which ways a version lets the machine do more. */
export function Widens({ widens }: { widens: readonly string[] }) {
  if (widens.length === 0) return null;
  return (
    <div className={css.widens}>
      <strong>It widens what the machine may do:</strong>
      <ul>
        {widens.map((way) => (
          <li key={way}>{way}</li>
        ))}
      </ul>
    </div>
  );
}
