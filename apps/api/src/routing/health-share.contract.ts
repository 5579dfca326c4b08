/** What every way of sharing health must hold, in process and over Redis. */
import { describe, expect, test } from "vitest";
import { DEFAULT_REST_THRESHOLD } from "@switchyard/shared/domain/routing";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { HealthBook } from "./health.ts";
import type { HealthShare } from "./health-share.ts";
import type { HealthNotice } from "./health.ts";
import { modelOf } from "./testing/catalog-of.ts";

export interface HealthNode {
  readonly book: HealthBook;
  readonly share: HealthShare;
}

/** @param join a new program of the same installation, ready to hear */
export function describeHealthShare(name: string, join: (hear: (notice: HealthNotice) => void) => Promise<HealthShare>): void {
  const nodes: HealthShare[] = [];
  const program = async (): Promise<HealthBook> => {
    const joined: { share?: HealthShare } = {};
    const book = new HealthBook((notice) => joined.share?.tell(notice));
    joined.share = await join((notice) => book.hear(notice));
    nodes.push(joined.share);
    return book;
  };
  let count = 0;
  const fresh = () => modelOf(`shared${(count += 1)}/${name}`);
  const THREE = { failures: 3, minutes: 1, share: 0.5, restSeconds: 30 };
  const NOW = toEpochMs(Date.parse("2026-11-21T12:00:00Z"));
  const soon = { timeout: 20_000, interval: 20 };

  describe(`health shared ${name}`, () => {
    test("a rest that one program begins is kept by the others, and by who comes later, until one has an answer", async () => {
      const model = fresh();
      const [one, other] = [await program(), await program()];
      one.failed(model, { kind: "rate_limited", retryAfterMs: 5_000 }, DEFAULT_REST_THRESHOLD, NOW);
      await expect.poll(() => other.standingOf(model, NOW).kind, soon).toBe("resting");
      const late = await program();
      await expect.poll(() => late.standingOf(model, NOW).kind, soon).toBe("resting");
      const after = toEpochMs(NOW + 5_000);
      other.answered(model, { firstTokenMs: 10 }, after);
      await expect.poll(() => one.standingOf(model, after).kind, soon).toBe("open");
      await expect.poll(() => late.standingOf(model, after).kind, soon).toBe("open");
      expect((await program()).standingOf(model, after).kind).toBe("open");
    });

    test("failures count together", async () => {
      const model = fresh();
      const [one, other] = [await program(), await program()];
      one.failed(model, { kind: "timeout" }, THREE, NOW);
      one.failed(model, { kind: "timeout" }, THREE, NOW);
      await expect.poll(() => other.evidenceOf(model, NOW).failed, soon).toBe(2);
      other.failed(model, { kind: "connection" }, THREE, NOW);
      expect(other.standingOf(model, NOW).kind).toBe("resting");
      await expect.poll(() => one.standingOf(model, NOW).kind, soon).toBe("resting");
    });

    test("a provider's rest is shared as a model's is, and mending it as well", async () => {
      const model = fresh();
      const [one, other] = [await program(), await program()];
      one.failed(model, { kind: "bad_credentials" }, DEFAULT_REST_THRESHOLD, NOW);
      await expect.poll(() => other.evidenceOf(model, NOW).state, soon).toBe("down");
      other.mended([model.provider.id]);
      await expect.poll(() => one.standingOf(model, NOW).kind, soon).toBe("open");
    });

    test("nobody hears what it said itself, and closing ends it", async () => {
      const heard: HealthNotice[] = [];
      const share = await join((notice) => heard.push(notice));
      const witness = await program();
      const model = fresh();
      share.tell({ kind: "failed", model: model.id, at: NOW, reason: "timeout" });
      await expect.poll(() => witness.evidenceOf(model, NOW).failed, soon).toBe(1);
      expect(heard.filter((one) => one.kind === "failed" && one.model === model.id)).toEqual([]);
      await share.close();
      await Promise.all(nodes.splice(0).map((node) => node.close()));
    });
  });
}
