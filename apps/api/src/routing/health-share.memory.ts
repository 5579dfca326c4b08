/** Shares health among the books of one process. */
import type { HealthNotice } from "./health.ts";
import type { HealthShare } from "./health-share.ts";
import type { Rest, RestId } from "./standing.ts";

export class HealthHub {
  readonly #members = new Set<(notice: HealthNotice) => void>();
  readonly #rests = new Map<RestId, Rest>();

  join(hear: (notice: HealthNotice) => void): HealthShare {
    // Of its own, so that the same function may join twice.
    const member = (notice: HealthNotice): void => hear(notice);
    for (const [id, rest] of this.#rests) member({ kind: "rest", id, rest });
    this.#members.add(member);
    return {
      tell: (notice) => {
        if (notice.kind === "rest") this.#rests.set(notice.id, notice.rest);
        else if (notice.kind === "recovered") this.#rests.delete(notice.id);
        for (const other of this.#members) if (other !== member) other(notice);
      },
      close: async () => void this.#members.delete(member),
    };
  }
}
