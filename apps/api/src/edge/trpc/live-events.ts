/** Turns what happens in a workspace into what one reader may see of it, for as long as the reader may. */
import { findCall } from "@switchyard/db/queries/calls";
import type { PrincipalTx } from "@switchyard/db/as-principal.pg";
import { matches, type CallCriteria } from "@switchyard/shared/domain/call-filter";
import type { UserPrincipal } from "@switchyard/shared/domain/principal";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { isUuid, parseId, type CallId } from "@switchyard/shared/kernel/id";
import type { LiveEvent } from "@switchyard/shared/wire/console/live";
import type { BusEvent } from "../../events/event-bus.ts";
import type { TrpcContext } from "./context.ts";
import { failureOf } from "./refusal.ts";
import { showCall } from "./present.ts";
import { enter, whoIs } from "./trpc.ts";

/** Events that wait for a slow reader; beyond them it gets one `gap` and asks again. */
const WAITING_EVENTS_MAX = 500;
/** How often the reader's session and membership are asked for anew, in milliseconds; the session's cache adds its own age. */
const RECHECK_MS = 750;
export const SUBSCRIPTIONS_PER_SOCKET_MAX = 64;

interface Listening {
  readonly criteria: CallCriteria;
  readonly workspace: string;
  readonly after: string | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Reader extends TrpcContext {
  readonly principal: UserPrincipal;
  readonly run: <T>(work: (tx: PrincipalTx) => Promise<T>) => Promise<T>;
}

/**
 * Yields until the reader leaves. Ends by throwing `not_signed_in` or `not_found` once the session or the membership is
 * gone, at most two seconds later.
 */
export async function* liveEvents(ctx: Reader, listening: Listening): AsyncGenerator<{ id: string; event: LiveEvent }> {
  const { socket } = ctx;
  if (socket && socket.subscriptions >= SUBSCRIPTIONS_PER_SOCKET_MAX) {
    throw new FailureError(failure("rate_limit_exceeded", { publicText: `A connection carries at most ${SUBSCRIPTIONS_PER_SOCKET_MAX} subscriptions.` }));
  }
  if (socket) socket.subscriptions += 1;
  const inbox = new Inbox();
  const leave = ctx.ports.bus.subscribe(ctx.principal.workspaceId, (event) => inbox.put(event), listening.after);
  const wake = (): void => inbox.wake();
  listening.signal?.addEventListener("abort", wake);
  const recheck = setInterval(wake, RECHECK_MS);
  let checkedAt = ctx.ports.clock.monotonic();
  try {
    while (!listening.signal?.aborted) {
      const now = ctx.ports.clock.monotonic();
      if (now - checkedAt >= RECHECK_MS) {
        await refuseWhoLost(ctx, listening.workspace);
        checkedAt = now;
      }
      const next = inbox.take();
      if (next === undefined) {
        await inbox.something();
        continue;
      }
      const event = await seen(ctx, listening.criteria, next);
      if (event !== undefined) yield { id: next.id, event };
    }
  } finally {
    clearInterval(recheck);
    listening.signal?.removeEventListener("abort", wake);
    leave();
    if (socket) socket.subscriptions -= 1;
  }
}

/** Not being able to ask is no reason to hang up: the database will be back. */
async function refuseWhoLost(ctx: Reader, workspace: string): Promise<void> {
  try {
    await enter(ctx, await whoIs(ctx), workspace);
  } catch (error) {
    if (failureOf(error).code !== "service_unavailable") throw error;
  }
}

/** What the reader sees of an event: the call is read through their own rights and passes the same filter as the list. */
async function seen(ctx: Reader, criteria: CallCriteria, { event }: BusEvent): Promise<LiveEvent | undefined> {
  // Whoever imports listens to it by a subscription of its own.
  if (event.kind === "import.progress") return undefined;
  if (event.kind !== "call.finished") return { kind: event.kind };
  const id: CallId | undefined = isUuid(event.callId) ? (event.callId as CallId) : parseId("call", event.callId);
  if (id === undefined) return undefined;
  try {
    const call = await ctx.run((tx) => findCall(tx, id));
    return call !== undefined && matches(criteria, call) ? { kind: "call.finished", call: showCall(call) } : undefined;
  } catch (error) {
    if (failureOf(error).code === "service_unavailable") return { kind: "gap" };
    throw error;
  }
}

/** Events between the bus, which does not wait, and a reader, who may be slow. */
class Inbox {
  #waiting: BusEvent[] = [];
  #wakeUp: (() => void) | undefined;

  put(event: BusEvent): void {
    if (this.#waiting.length >= WAITING_EVENTS_MAX) this.#waiting = [{ id: event.id, event: { kind: "gap", workspaceId: event.event.workspaceId } }];
    else this.#waiting.push(event);
    this.wake();
  }

  take(): BusEvent | undefined {
    return this.#waiting.shift();
  }

  wake(): void {
    this.#wakeUp?.();
    this.#wakeUp = undefined;
  }

  /** Resolves when something was put or somebody called `wake`. */
  something(): Promise<void> {
    return new Promise((resolve) => (this.#wakeUp = resolve));
  }
}
