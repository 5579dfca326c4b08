/** The calls under way in this program: found by the ids that their callers know, to be watched or ended. */
import type { Surface } from "@switchyard/shared/domain/call";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, type CallId, type KeyId, type WorkspaceId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";

/** Who may see and end a call: whoever holds the key that made it. Without a key: a response, which belongs to its whole workspace. */
export type CallOwner = { readonly workspaceId: WorkspaceId; readonly keyId?: KeyId | undefined };

/** Why a call ended that its caller called off. */
export const CALLED_OFF = failure("client_closed", { publicText: "The call was cancelled." });

/** What is known of a call once it runs. */
export interface RunningCall {
  readonly callId: CallId;
  readonly at: EpochMs;
  readonly surface: Surface;
  readonly modelAsked: string;
  readonly stream: boolean;
  /** Who is being asked, as it changes. */
  readonly target: { readonly model: { readonly name: string; readonly provider: { readonly name: string } } } | undefined;
  readonly firstTokenMs: number | undefined;
}

/** Bytes of a form that came, of those announced. */
export interface UploadProgress {
  received: number;
  readonly total: number | undefined;
}

export interface UnderwayCall {
  readonly abort: AbortController;
  /** The request's own id, and the one that its caller gave it. */
  readonly requestIds: readonly string[];
  owner: CallOwner | undefined;
  upload: UploadProgress | undefined;
  call: RunningCall | undefined;
  /** The answer as it is at this moment, marked as called off; undefined where its door keeps none. */
  soFar: (() => Record<string, unknown>) | undefined;
}

export class Underway implements Iterable<AbortController> {
  readonly #calls = new Map<AbortController, UnderwayCall>();

  get size(): number {
    return this.#calls.size;
  }

  [Symbol.iterator](): Iterator<AbortController> {
    return this.#calls.keys();
  }

  add(abort: AbortController, requestIds: readonly string[]): void {
    this.#calls.set(abort, { abort, requestIds, owner: undefined, upload: undefined, call: undefined, soFar: undefined });
  }

  delete(abort: AbortController): void {
    this.#calls.delete(abort);
  }

  /** A form is being read for this principal. @returns what to count its bytes in */
  uploading(abort: AbortController, owner: KeyPrincipal, total: number | undefined): UploadProgress {
    const upload = { received: 0, total };
    const known = this.#calls.get(abort);
    if (known) Object.assign(known, { owner, upload });
    return upload;
  }

  /** The flow has begun. */
  running(abort: AbortController, owner: KeyPrincipal, call: RunningCall): void {
    const known = this.#calls.get(abort);
    if (known) Object.assign(known, { owner, call });
  }

  /** Its answer has begun. */
  telling(abort: AbortController, soFar: () => Record<string, unknown>): void {
    const known = this.#calls.get(abort);
    if (known) known.soFar = soFar;
  }

  /** The owner's calls of this id: several where a caller used its id again. */
  find(id: string, owner: CallOwner): readonly UnderwayCall[] {
    const found: UnderwayCall[] = [];
    for (const one of this.#calls.values()) {
      if (one.owner?.workspaceId !== owner.workspaceId) continue;
      if (owner.keyId === undefined ? one.call?.surface !== "responses" : one.owner.keyId !== owner.keyId) continue;
      if (one.requestIds.includes(id) || (one.call !== undefined && formatId("call", one.call.callId) === id)) found.push(one);
    }
    return found;
  }

  /** Ends the owner's calls of this id; each settles what it has produced. @returns how many there were */
  cancel(id: string, owner: CallOwner): number {
    const found = this.find(id, owner);
    for (const { abort } of found) abort.abort(CALLED_OFF);
    return found.length;
  }
}
