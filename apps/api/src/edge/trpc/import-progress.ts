/** Listens to the progress of one import, on whichever node it runs, for as long as the operator may. */
import type { ImportProgressRow } from "@switchyard/shared/wire/console/imports";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { UserPrincipal } from "@switchyard/shared/domain/principal";
import type { TrpcContext } from "./context.ts";
import { SUBSCRIPTIONS_PER_SOCKET_MAX } from "./live-events.ts";

interface Listening {
  readonly run: string;
  readonly signal: AbortSignal | undefined;
}

/** An import is over within this; whoever listens longer has missed its end. In milliseconds. */
const LONGEST_MS = 10 * 60_000;

/** Yields each step; ends with the import, when the operator leaves, or after ten minutes. */
export async function* importProgress(ctx: TrpcContext & { readonly principal: UserPrincipal }, listening: Listening): AsyncGenerator<ImportProgressRow> {
  const { socket } = ctx;
  if (socket && socket.subscriptions >= SUBSCRIPTIONS_PER_SOCKET_MAX) {
    throw new FailureError(failure("rate_limit_exceeded", { publicText: `A connection carries at most ${SUBSCRIPTIONS_PER_SOCKET_MAX} subscriptions.` }));
  }
  if (socket) socket.subscriptions += 1;
  // Only the latest step matters: a slow reader skips some.
  let latest: ImportProgressRow | undefined;
  let wake: () => void = () => {};
  const leave = ctx.ports.bus.subscribe(ctx.principal.workspaceId, ({ event }) => {
    if (event.kind !== "import.progress" || event.run !== listening.run) return;
    latest = { phase: event.phase, done: event.done, total: event.total };
    wake();
  });
  const stop = (): void => wake();
  listening.signal?.addEventListener("abort", stop);
  const timer = setTimeout(stop, LONGEST_MS);
  const until = ctx.ports.clock.monotonic() + LONGEST_MS;
  try {
    while (!listening.signal?.aborted && ctx.ports.clock.monotonic() < until) {
      const next = latest;
      latest = undefined;
      if (next) {
        yield next;
        if (next.phase === "done") return;
      } else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    clearTimeout(timer);
    listening.signal?.removeEventListener("abort", stop);
    leave();
    if (socket) socket.subscriptions -= 1;
  }
}
