/** Carries events between nodes over Redis; within a node they never wait for it. */
import { Redis } from "ioredis";
import type { SwitchyardEvent } from "@switchyard/shared/domain/event";
import { isUuid } from "@switchyard/shared/kernel/id";
import { createMemoryBus } from "./event-bus.memory.ts";
import type { EventBus, NodeOrder } from "./event-bus.ts";

const CHANNEL = "switchyard:events";
const RECONNECT_MAX_MS = 1_000;
/** A longer message is none of ours. */
const MESSAGE_LENGTH_MAX = 1_024;

export interface RedisBusOptions {
  readonly url: string;
  /** Names this node's life: unpredictable, without a colon. */
  readonly epoch: string;
  /** Told of each event and order that could not be told to the others. */
  readonly onLost?: (what: "events" | "orders") => void;
}

/**
 * An event is delivered here at once and published for the others; each node leaves out what it published itself. Without
 * Redis the node's own events go on. When the connection comes back, everybody hears a `gap`: what the others said
 * meanwhile is lost.
 */
export function createRedisBus({ url, epoch, onLost }: RedisBusOptions): EventBus {
  const local = createMemoryBus(epoch);
  const connection = { retryStrategy: (times: number) => Math.min(times * 50, RECONNECT_MAX_MS), connectTimeout: 1_000 };
  const publisher = new Redis(url, { ...connection, enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 1_000 });
  const subscriber = new Redis(url, { ...connection, autoResubscribe: false });
  for (const redis of [publisher, subscriber]) redis.on("error", () => {}); // Both reconnect by themselves; the gap below tells the readers.

  let wasSubscribed = false;
  let lostPublication = false;
  subscriber.on("ready", () => {
    subscriber.subscribe(CHANNEL).then(
      () => {
        if (wasSubscribed) local.gapForAll();
        wasSubscribed = true;
      },
      () => subscriber.disconnect(true), // The connection broke again; the next one subscribes.
    );
  });
  subscriber.on("message", (_channel: string, text: string) => {
    const message = readMessage(text);
    if (message === undefined || message.node === epoch) return;
    if ("order" in message) local.order(message.order);
    else if (message.gap) local.gapForAll();
    else local.publish(message.event);
  });
  const send = (message: object): Promise<unknown> => publisher.publish(CHANNEL, JSON.stringify({ node: epoch, ...message }));
  // What this node could not tell the others, they missed without having lost their own connection.
  publisher.on("ready", () => {
    if (lostPublication)
      send({ gap: true }).then(
        () => (lostPublication = false),
        () => (lostPublication = true),
      );
  });

  return {
    publish(event) {
      local.publish(event);
      send({ event }).catch(() => {
        lostPublication = true;
        onLost?.("events");
      });
    },
    announce: (kind) => local.announce(kind),
    subscribe: (workspaceId, listener, after) => local.subscribe(workspaceId, listener, after),
    order(order) {
      local.order(order);
      // An order that cannot be told is lost; whoever gave it sees that nothing came of it.
      send({ order }).catch(() => onLost?.("orders"));
    },
    onOrder: (listener) => local.onOrder(listener),
    async close() {
      publisher.disconnect();
      subscriber.disconnect();
      await local.close();
    },
  };
}

type Message =
  | { readonly node: string; readonly order: NodeOrder }
  | { readonly node: string; readonly gap: true }
  | { readonly node: string; readonly gap: false; readonly event: SwitchyardEvent };

/** Reads what another node said. @returns undefined for anything else: the channel may have other users */
function readMessage(text: string): Message | undefined {
  if (text.length > MESSAGE_LENGTH_MAX) return undefined;
  let value: { node?: unknown; event?: unknown; gap?: unknown; order?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const node = value?.node;
  if (typeof node !== "string") return undefined;
  if (value?.gap === true) return { node, gap: true };
  if (isOrder(value?.order)) return { node, order: value.order };
  return isEvent(value?.event) ? { node, gap: false, event: value.event } : undefined;
}

function isOrder(value: unknown): value is NodeOrder {
  if (typeof value !== "object" || value === null) return false;
  const { kind, workspaceId, keyId, id } = value as Partial<Record<keyof NodeOrder, unknown>>;
  const isOfKey = keyId === undefined || (typeof keyId === "string" && isUuid(keyId));
  return kind === "cancel" && typeof workspaceId === "string" && isUuid(workspaceId) && isOfKey && typeof id === "string";
}

function isEvent(value: unknown): value is SwitchyardEvent {
  if (typeof value !== "object" || value === null) return false;
  const { kind, workspaceId, callId } = value as { kind?: unknown; workspaceId?: unknown; callId?: unknown };
  if (typeof workspaceId !== "string" || !isUuid(workspaceId)) return false;
  return kind === "call.finished" ? typeof callId === "string" : kind === "balance.changed" || kind === "config.changed";
}
