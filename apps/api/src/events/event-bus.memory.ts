/** Carries events within this process and remembers the last of each workspace for who comes back. */
import type { WorkspaceId } from "@switchyard/shared/kernel/id";
import type { BusEvent, BusListener, EventBus, NodeOrder } from "./event-bus.ts";

/** Events remembered of a workspace, and workspaces remembered at all. */
const REPLAY_MAX = 256;
const WORKSPACES_MAX = 2_000;

interface Channel {
  readonly listeners: Set<BusListener>;
  /** The newest last; their numbers are consecutive and end with `sequence`. */
  readonly recent: BusEvent[];
  sequence: number;
}

/** A bus of one node that can also tell everybody that something was missed. */
export interface MemoryBus extends EventBus {
  /** Every listener hears a `gap`, and nobody is replayed what came before it. */
  gapForAll(): void;
}

/** @param epoch names the life of this bus: unpredictable, without a colon */
export function createMemoryBus(epoch: string, workspacesMax = WORKSPACES_MAX): MemoryBus {
  const orderListeners: ((order: NodeOrder) => void)[] = [];
  const channels = new Map<WorkspaceId, Channel>();

  // A channel that was forgotten must not number its events again from where it once did: who comes back with the old
  // number would miss them in silence. So a new channel begins above every number given so far.
  let highest = 0;

  const channelOf = (workspaceId: WorkspaceId): Channel => {
    const channel = channels.get(workspaceId) ?? { listeners: new Set(), recent: [], sequence: highest };
    channels.delete(workspaceId);
    channels.set(workspaceId, channel);
    return channel;
  };

  const forgetIdle = (): void => {
    for (const [workspaceId, channel] of channels) {
      if (channels.size <= workspacesMax) return;
      if (channel.listeners.size === 0) channels.delete(workspaceId);
    }
  };

  const deliver = (event: BusEvent["event"]): void => {
    const channel = channelOf(event.workspaceId);
    channel.sequence += 1;
    highest = Math.max(highest, channel.sequence);
    const numbered: BusEvent = { id: `${epoch}:${channel.sequence}`, event };
    channel.recent.push(numbered);
    if (channel.recent.length > REPLAY_MAX) channel.recent.shift();
    for (const listener of channel.listeners) listener(numbered);
    forgetIdle();
  };

  /** What was missed since an id, or a gap when that cannot be said. */
  const missed = (channel: Channel, workspaceId: WorkspaceId, after: string): readonly BusEvent[] => {
    const gap: BusEvent = { id: `${epoch}:${channel.sequence}`, event: { kind: "gap", workspaceId } };
    const [ofEpoch, number = ""] = after.split(":", 2);
    const sequence = /^\d{1,15}$/.test(number) ? Number(number) : Number.NaN;
    const count = channel.sequence - sequence;
    if (ofEpoch !== epoch || !(count >= 0) || count > channel.recent.length) return [gap];
    return channel.recent.slice(channel.recent.length - count);
  };

  return {
    publish: deliver,
    announce(kind) {
      // A copy: delivering moves a channel to the end, where the loop would meet it again, for ever.
      for (const workspaceId of Array.from(channels.keys())) deliver({ kind, workspaceId });
    },
    subscribe(workspaceId, listener, after) {
      const channel = channelOf(workspaceId);
      if (after !== undefined) for (const event of missed(channel, workspaceId, after)) listener(event);
      // Of its own, so that the same function may listen twice.
      const own: BusListener = (event) => listener(event);
      channel.listeners.add(own);
      return () => void channel.listeners.delete(own);
    },
    order: (order) => {
      for (const carryOut of orderListeners) carryOut(order);
    },
    onOrder: (listener) => void orderListeners.push(listener),
    gapForAll() {
      // A copy: delivering moves a channel to the end, where the loop would meet it again, for ever.
      const present = Array.from(channels);
      for (const [workspaceId, channel] of present) {
        channel.recent.length = 0;
        deliver({ kind: "gap", workspaceId });
      }
    },
    close: async () => channels.clear(),
  };
}
