/** Listens to what happens in the workspace and has the pages ask again for what changed. */
import type { LiveEvent } from "@switchyard/shared/wire/console/live";
import { useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { createContext, useContext, useEffect, useRef, useState } from "react";
import { useLatest } from "../ui/latest.ts";
import { heedSession, trpc } from "../api.ts";

/** `on` when events flow, `connecting` while they do not yet or no longer. */
export type LiveState = "on" | "connecting";

const LiveContext = createContext<LiveState>("connecting");
export const LiveProvider = LiveContext.Provider;
export const useLiveState = (): LiveState => useContext(LiveContext);

/** A hidden page listens this long in milliseconds, then saves its connection until someone looks again. */
const HIDDEN_MS = 60_000;
/** A burst of events makes one question to the server in this many milliseconds. */
const WALLET_PACE_MS = 1_000;
const OVERVIEW_PACE_MS = 3_000;
const USAGE_PACE_MS = 1_000;
const HEALTH_PACE_MS = 500;

/** False once the page has been hidden for a while. */
export function useAwake(): boolean {
  const [awake, setAwake] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heed = (): void => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") setAwake(true);
      else timer = setTimeout(() => setAwake(false), HIDDEN_MS);
    };
    document.addEventListener("visibilitychange", heed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", heed);
    };
  }, []);
  return awake;
}

/** Runs at most once in `paceMs`: at the end of the span in which it was first wanted. */
function usePaced(paceMs: number, act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useLatest(act);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, paceMs);
  };
}

/** Subscribes for as long as the shell is on the screen. After a gap everything shown is asked for once. */
export function useWorkspaceEvents(workspace: string): LiveState {
  const queries = useQueryClient();
  const awake = useAwake();
  const wallet = usePaced(WALLET_PACE_MS, () => void queries.invalidateQueries(trpc.wallet.pathFilter()));
  const overview = usePaced(OVERVIEW_PACE_MS, () => void queries.invalidateQueries(trpc.overview.pathFilter()));
  const usage = usePaced(USAGE_PACE_MS, () => void queries.invalidateQueries(trpc.limits.usage.pathFilter()));
  const health = usePaced(HEALTH_PACE_MS, () => {
    for (const filter of [trpc.providers.pathFilter(), trpc.groups.pathFilter()]) void queries.invalidateQueries(filter);
  });
  const shown = [trpc.overview.pathFilter(), trpc.wallet.pathFilter(), trpc.keys.pathFilter(), trpc.providers.pathFilter(), trpc.groups.pathFilter()];
  const configured = [trpc.providers.pathFilter(), trpc.groups.pathFilter(), trpc.aliases.pathFilter(), trpc.routing.pathFilter(), trpc.keys.pathFilter()];
  const hear = (event: LiveEvent): void => {
    if (event.kind === "call.finished") {
      overview();
      usage();
    } else if (event.kind === "balance.changed") wallet();
    else if (event.kind === "provider.health") health();
    else if (event.kind === "gap") for (const filter of shown) void queries.invalidateQueries(filter);
    else for (const filter of configured) void queries.invalidateQueries(filter);
  };
  const { status } = useSubscription(
    trpc.events.live.subscriptionOptions({ workspace }, { enabled: awake, onData: ({ data }) => hear(data), onError: heedSession }),
  );
  const wasOn = useRef(false);
  useEffect(() => {
    if (status !== "pending") return;
    if (wasOn.current)
      for (const filter of [trpc.overview.pathFilter(), trpc.wallet.pathFilter(), trpc.keys.pathFilter()]) void queries.invalidateQueries(filter);
    wasOn.current = true;
  }, [status, queries]);
  return status === "pending" ? "on" : "connecting";
}
