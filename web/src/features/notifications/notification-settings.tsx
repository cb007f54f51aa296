import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { api } from "../../shared/api/client";
import { explain } from "../../shared/api/error";
import type { Page } from "../../shared/api/types";
import { Ago, Badge, Card, Failure, Skeleton } from "../../shared/ui/kit";
import { toast } from "../../shared/ui/toasts";
import type { Batching, Channel, ChannelTest, NotificationKind, Preferences, Way } from "./notification-types";
import { KINDS } from "./notification-words";
import css from "./notifications.module.css";

const PREFERENCES = ["notifications", "preferences"];
const CHANNELS = ["notifications", "channels"];
const ACCOUNT = ["notifications", "account"];
const WAYS: readonly (readonly [Way, string])[] = [
  ["app", "App"],
  ["email", "E-mail"],
  ["slack", "Chat"],
];
const WHEN: readonly (readonly [Batching, string])[] = [
  ["at_once", "as it happens"],
  ["quarter_hour", "every 15 minutes"],
  ["daily", "once a day"],
];

/** What do I want to be told, by which way, and when? */
export function NotificationSettings() {
  const stored = useQuery({
    queryKey: PREFERENCES,
    queryFn: ({ signal }) => api.get<Preferences>("/v1/members/me/notifications", { signal }),
  });
  return (
    <>
      {stored.isError && <Failure what="Your choice could not be read" error={stored.error} />}
      {stored.isPending && <Skeleton height={240} />}
      {stored.data && <Choice stored={stored.data} />}
      <Channels />
      <ChatAccount />
    </>
  );
}

function Choice({ stored }: { stored: Preferences }) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState(stored);
  const save = useMutation({
    mutationFn: () => api.put<Preferences>("/v1/members/me/notifications", wanted),
    onSuccess: (kept) => {
      client.setQueryData(PREFERENCES, kept);
      toast("Your choice is kept.", "good");
    },
  });
  const toggle = (kind: NotificationKind, way: Way) => {
    const ways = wanted.ways[kind] ?? [];
    const next = ways.includes(way) ? ways.filter((one) => one !== way) : [...ways, way];
    setWanted({ ...wanted, ways: { ...wanted.ways, [kind]: next } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const batch = (way: "email" | "slack", label: string) => (
    <label>
      {label}
      <select
        value={wanted.batching[way] ?? "at_once"}
        onChange={(event) =>
          setWanted({ ...wanted, batching: { ...wanted.batching, [way]: event.target.value as Batching } })
        }
      >
        {WHEN.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Card title="What I am told">
      <form onSubmit={submit}>
        <table className={css.matrix}>
          <thead>
            <tr>
              <th scope="col">
                <span className={css.muted}>Kind</span>
              </th>
              {WAYS.map(([way, label]) => (
                <th key={way} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {KINDS.map(([kind, label]) => (
              <tr key={kind}>
                <th scope="row">{label}</th>
                {WAYS.map(([way, name]) => (
                  <td key={way}>
                    <input
                      type="checkbox"
                      checked={wanted.ways[kind]?.includes(way) ?? false}
                      disabled={kind === "channel" && way !== "app"}
                      onChange={() => toggle(kind, way)}
                      aria-label={`${label}: ${name}`}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <div className={css.fields}>
          {batch("email", "E-mail is sent")}
          {batch("slack", "Chat is sent")}
          <label>
            Daily at
            <input
              type="time"
              required
              value={wanted.daily_at}
              onChange={(event) => setWanted({ ...wanted, daily_at: event.target.value })}
            />
          </label>
          <label>
            Time zone
            <input
              value={wanted.zone}
              required
              onChange={(event) => setWanted({ ...wanted, zone: event.target.value })}
            />
          </label>
          <label>
            Quiet from
            <input
              type="time"
              value={wanted.quiet?.from ?? ""}
              onChange={(event) => setWanted({ ...wanted, quiet: quiet(event.target.value, wanted.quiet?.to) })}
            />
          </label>
          <label>
            Quiet until
            <input
              type="time"
              value={wanted.quiet?.to ?? ""}
              onChange={(event) => setWanted({ ...wanted, quiet: quiet(wanted.quiet?.from, event.target.value) })}
            />
          </label>
        </div>
        {save.isError && <Failure what="Your choice was not kept" error={save.error} />}
        <div className={css.save}>
          <Button type="submit" variant="filled" loading={save.isPending}>
            Keep
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** Both empty is none; one alone gets its usual other side. */
function quiet(from: string | undefined, to: string | undefined): Preferences["quiet"] {
  if (!from && !to) return null;
  return { from: from || "22:00", to: to || "07:00" };
}

/** Messages that are listed of a way. */
const SHOWN = 10;
const STATES: Record<string, string> = { done: "arrived", dead: "given up", waiting: "waits" };

function Channels() {
  const client = useQueryClient();
  const channels = useQuery({
    queryKey: CHANNELS,
    queryFn: ({ signal }) => api.get<Page<Channel>>("/v1/notifications/channels", { signal }),
    select: (page) => page.items,
    refetchInterval: 30_000,
  });
  const test = useMutation({
    mutationFn: (way: Way) => api.post<ChannelTest>(`/v1/notifications/channels/${way}/test`),
    onSuccess: (met) => {
      if (met.delivered) toast("The test was taken: look for it.", "good");
      else toast(`The test was not taken: ${met.error}`, "bad");
    },
    onError: (error) => toast(`No test was sent: ${explain(error)}`, "bad"),
    onSettled: () => client.invalidateQueries({ queryKey: CHANNELS }),
  });
  return (
    <Card title="Ways">
      {channels.isError && <Failure what="The ways could not be read" error={channels.error} />}
      {channels.isPending && <Skeleton height={90} />}
      {channels.data?.map((channel) => (
        <div key={channel.id} className={css.row}>
          <div>
            <strong>{channel.name}</strong>{" "}
            <Badge tone={channel.health === "good" ? "good" : channel.health === "failing" ? "bad" : "neutral"}>
              {channel.health}
            </Badge>
            <p className={css.muted}>
              {channel.last_ok_at && (
                <>
                  last arrived <Ago at={channel.last_ok_at} />
                  {" · "}
                </>
              )}
              {channel.waiting} waiting · {channel.dead} given up
            </p>
            {channel.last_error && channel.health === "failing" && <p className={css.muted}>{channel.last_error}</p>}
            {channel.deliveries.length > 0 && <Deliveries of={channel} />}
          </div>
          {channel.id !== "app" && channel.health !== "off" && (
            <Button
              size="xs"
              variant="default"
              loading={test.isPending && test.variables === channel.id}
              onClick={() => test.mutate(channel.id)}
              aria-label={`Send a test to myself: ${channel.name}`}
            >
              Send a test to myself
            </Button>
          )}
        </div>
      ))}
    </Card>
  );
}

/** The newest messages by a way, with what came of them. */
function Deliveries({ of }: { of: Channel }) {
  return (
    <details className={css.deliveries}>
      <summary>Last messages</summary>
      <ul>
        {of.deliveries.slice(0, SHOWN).map((line) => (
          <li key={`${line.created_at} ${line.finished_at} ${line.state}`}>
            <Badge tone={line.state === "done" ? "good" : line.state === "dead" ? "bad" : "neutral"}>
              {STATES[line.state] ?? line.state}
            </Badge>{" "}
            <Ago at={line.finished_at ?? line.created_at} />
            {line.attempts > 1 && ` · ${line.attempts} attempts`}
            {line.error && ` · ${line.error}`}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** My account of the chat: tied by a link that is sent there and opened here. */
function ChatAccount() {
  const client = useQueryClient();
  const changed = () => client.invalidateQueries({ queryKey: ACCOUNT });
  const account = useQuery({
    queryKey: ACCOUNT,
    queryFn: ({ signal }) => api.get<{ account: string | null }>("/v1/members/me/slack", { signal }),
  });
  const ask = useMutation({
    mutationFn: (name: string) => api.post("/v1/members/me/slack", { account: name }),
    onSuccess: () => toast("A link is in your chat: open it on this browser.", "good"),
  });
  const confirm = useMutation({
    mutationFn: (token: string) => api.post("/v1/members/me/slack/confirm", { token }),
    onSuccess: () => toast("The account is yours: you are told things there.", "good"),
    onError: (error) => toast(`The account was not tied: ${explain(error)}`, "bad"),
    onSettled: changed,
  });
  const untie = useMutation({
    mutationFn: () => api.remove("/v1/members/me/slack"),
    onSuccess: changed,
  });
  const token = useRef(window.location.hash.slice(1));
  const [asked, setAsked] = useState(token.current !== "");
  useEffect(() => {
    // The secret is not kept in the address, where it would be copied along.
    if (token.current) window.history.replaceState(null, "", window.location.pathname);
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(String(new FormData(event.currentTarget).get("account")).trim());
  };
  return (
    <Card title="My account of the chat">
      {asked && (
        <div className={css.row} role="status">
          <span>Is the account that this link was sent to yours?</span>
          <Button
            size="xs"
            variant="filled"
            loading={confirm.isPending}
            onClick={() => {
              confirm.mutate(token.current);
              setAsked(false);
            }}
          >
            Yes, tie it to me
          </Button>
        </div>
      )}
      {account.data?.account ? (
        <div className={css.row}>
          <span>
            Tied: <strong>{account.data.account}</strong>
          </span>
          <Button size="xs" variant="danger" onClick={() => untie.mutate()} loading={untie.isPending}>
            Untie
          </Button>
        </div>
      ) : (
        <form onSubmit={submit} className={css.row}>
          <TextInput name="account" label="Member ID of the chat" placeholder="U024BE7LH" required maxLength={40} />
          <Button type="submit" variant="default" loading={ask.isPending}>
            Send me a link there
          </Button>
        </form>
      )}
      {ask.isError && <Failure what="No link was sent" error={ask.error} />}
    </Card>
  );
}
