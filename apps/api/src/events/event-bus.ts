/** Knows what a live client can rely on when it listens to a workspace's events. */
import type { KeyId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { SwitchyardEvent } from "@switchyard/shared/domain/event";

/**
 * Each node numbers what it hears of a workspace: `<epoch>:<sequence>`, the epoch being the life of that node's bus.
 * Whoever comes back with the id of the last event it saw gets what it missed, or one `gap` when that is not known any
 * more: the node was restarted, another node answers, or too much happened meanwhile. A `gap` means "ask again for what
 * you show"; nothing is ever left out in silence.
 */
export interface BusEvent {
  readonly id: string;
  readonly event: SwitchyardEvent | { readonly kind: "gap"; readonly workspaceId: WorkspaceId };
}

export type BusListener = (event: BusEvent) => void;

/** Something to be done by whichever program can. */
export interface NodeOrder {
  readonly kind: "cancel";
  readonly workspaceId: WorkspaceId;
  /** Whose call it must be; absent for a response, which belongs to its whole workspace. */
  readonly keyId?: KeyId | undefined;
  /** An id of the call as its caller knows it. */
  readonly id: string;
}

export interface EventBus {
  /** Tells every listener of the event's workspace, on all nodes. Never throws, never waits. */
  publish(event: SwitchyardEvent): void;
  /** Tells every listener of this program, whatever its workspace, what each program finds out by itself. */
  announce(kind: "provider.health" | "config.changed"): void;
  /**
   * Hears the events of one workspace until the returned function is called. With `after`, first those missed since that
   * id, before this function returns.
   */
  subscribe(workspaceId: WorkspaceId, listener: BusListener, after?: string): () => void;
  /** Asks every program of this installation, this one included; no client hears of it. Never throws, never waits. */
  order(order: NodeOrder): void;
  /** Hears what any program asks of all. */
  onOrder(listener: (order: NodeOrder) => void): void;
  close(): Promise<void>;
}
