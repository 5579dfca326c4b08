/** Notes in memory when each key was used, until somebody takes the notes to write them down. */
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import type { KeyId, WorkspaceId } from "@switchyard/shared/kernel/id";
import type { EpochMs } from "@switchyard/shared/kernel/time";

export interface KeyUsed {
  readonly workspaceId: WorkspaceId;
  readonly keyId: KeyId;
  /** The latest use that is known of. */
  readonly at: EpochMs;
}

/** As large as the number of keys in use, times the few answers that the authenticator gets about each between two takings. */
export class KeyUse {
  /** By principal and not by id: the authenticator's answer is at hand, so that a call costs one entry and no allocation. */
  readonly #seen = new Map<KeyPrincipal, EpochMs>();
  readonly #putBack = new Map<KeyId, KeyUsed>();

  note(principal: KeyPrincipal, at: EpochMs): void {
    this.#seen.set(principal, at);
  }

  /** What was noted since the last taking, one for each key, and forgets it. */
  take(): readonly KeyUsed[] {
    const latest = new Map(this.#putBack);
    for (const [{ workspaceId, keyId }, at] of this.#seen) {
      const before = latest.get(keyId);
      if (before === undefined || before.at < at) latest.set(keyId, { workspaceId, keyId, at });
    }
    this.#seen.clear();
    this.#putBack.clear();
    return [...latest.values()];
  }

  /** What was taken and could not be written comes with the next taking; nothing may be taken in between. */
  putBack(notes: readonly KeyUsed[]): void {
    for (const note of notes) this.#putBack.set(note.keyId, note);
  }
}
