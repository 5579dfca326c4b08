/** The list of calls with what arrives while it is read: at the top rows slide in, elsewhere they wait behind a count. */
import type { CallFilter } from "@switchyard/shared/domain/call-filter";
import type { CallRow } from "@switchyard/shared/wire/console/calls";
import type { LiveEvent } from "@switchyard/shared/wire/console/live";
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { trpc } from "../api.ts";
import { useAwake } from "../shell/live.tsx";
import { useLatest } from "../ui/latest.ts";
import { newOnes, withArrivals } from "./calls-merge.ts";

const PAGE_ROWS = 50;
/** Arrivals are gathered this long in milliseconds, so that a burst is one change on the screen. */
const GATHER_MS = 500;
/** More than this many waiting calls are not kept: the list is asked for again instead. */
const WAITING_MAX = 500;

interface Following {
  readonly workspace: string;
  readonly filter: CallFilter;
  /** Whether a new row may slide in now. */
  readonly mayInsert: () => boolean;
}

/** Gathers what is heard and hands it on in batches. */
function useGathered(flush: (calls: readonly CallRow[]) => void): (call: CallRow) => void {
  const gathered = useRef<CallRow[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useLatest(flush);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (call) => {
      gathered.current.push(call);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        const calls = gathered.current;
        gathered.current = [];
        latest.current(calls);
      }, GATHER_MS);
    },
    [latest],
  );
}

/** The rows, whether none were found yet and older calls are being looked at, the count of those that wait, and the way to let them in. */
export function useCallsList({ workspace, filter, mayInsert }: Following) {
  const queries = useQueryClient();
  const awake = useAwake();
  const input = { workspace, filter, limit: PAGE_ROWS };
  const options = trpc.calls.list.infiniteQueryOptions(input, { getNextPageParam: (page) => page.nextCursor, placeholderData: keepPreviousData });
  const list = useInfiniteQuery(options);
  const [waiting, setWaiting] = useState<readonly CallRow[]>([]);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const rows = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  // A page looks at so many calls and no more: where it found nothing the next one is asked for until there is something to show.
  const goesOn = list.data !== undefined && rows.length === 0 && hasNextPage;
  useEffect(() => {
    if (goesOn && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [goesOn, isFetching, isFetchNextPageError, fetchNextPage]);

  const insert = (calls: readonly CallRow[]): void => {
    queries.setQueryData(options.queryKey, (data) => (data ? { ...data, pages: [...withArrivals(data.pages, calls)] } : data));
    setFresh(new Set(calls.map(({ id }) => id)));
  };
  const hear = useGathered((calls) => {
    if (list.isFetching) void queries.invalidateQueries({ queryKey: options.queryKey }); // The answer under way may be older than the event.
    else if (mayInsert()) insert(calls);
    else setWaiting((before) => [...newOnes([...rows, ...before], calls), ...before]);
  });
  const askAgain = (): void => {
    setWaiting([]);
    void queries.invalidateQueries({ queryKey: options.queryKey });
  };
  const onData = ({ data }: { readonly data: LiveEvent }): void => {
    if (data.kind === "call.finished") hear(data.call);
    if (data.kind === "gap") askAgain();
  };
  const { status } = useSubscription(trpc.events.live.subscriptionOptions({ workspace, filter }, { enabled: awake, onData }));
  // Between the answer of the list and the first event something may have happened: asked once more when the events begin again.
  const wasOn = useRef(false);
  useEffect(() => {
    if (status !== "pending") return;
    if (wasOn.current) void queries.invalidateQueries(trpc.calls.list.pathFilter());
    wasOn.current = true;
  }, [status, queries]);

  const letIn = (): void => {
    if (waiting.length > WAITING_MAX) askAgain();
    else {
      insert(waiting);
      setWaiting([]);
    }
  };
  return { list, rows, goesOn, waiting: waiting.length, letIn, fresh };
}
