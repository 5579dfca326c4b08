/** Figures for Prometheus, by an operator key. */
import type { RequestHandler } from "express";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  readonly handler: RequestHandler;
  call(facts: { outcome: string; provider: string | undefined; cached: boolean; totalMs: number; firstTokenMs: number | undefined; overheadMs: number }): void;
}

export interface MetricsPorts {
  readonly allow: (req: Parameters<RequestHandler>[0], res: Parameters<RequestHandler>[1]) => Promise<boolean>;
  readonly backlog: () => number;
  readonly droppedRecords: () => number;
  readonly underway: () => number;
  readonly redisDegraded: () => boolean;
  /** Since the start: what could not be told to other programs, by its kind, and calls whose limits this program counted alone. */
  readonly redisLosses: () => { readonly lost: Readonly<Record<string, number>>; readonly decidedAlone: number };
  /** Every target by `provider/model`, and how it is: 0 healthy, 1 degraded, 2 resting, 3 down, -1 switched off. */
  readonly targetStates: () => Iterable<readonly [target: string, state: number]>;
}

export function createMetrics(ports: MetricsPorts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "switchyard_" });
  const registers = [registry];
  const calls = new Counter({ name: "switchyard_calls_total", help: "Calls by outcome and provider", labelNames: ["outcome", "provider"], registers });
  const cachedAnswers = new Counter({ name: "switchyard_cached_answers_total", help: "Calls answered with a kept answer", registers });
  const seconds = { buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300], registers };
  const total = new Histogram({ name: "switchyard_call_seconds", help: "Time of a call from its first byte to its settlement", ...seconds });
  const firstToken = new Histogram({ name: "switchyard_first_token_seconds", help: "Time to the first content", ...seconds });
  const overhead = new Histogram({
    name: "switchyard_overhead_seconds",
    help: "Time of a call not spent waiting for a provider",
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("switchyard_ledger_backlog", "Ledger operations waiting to be committed", ports.backlog);
  gauge("switchyard_dropped_records_total", "Records of refused calls that could not be kept", ports.droppedRecords);
  gauge("switchyard_calls_underway", "Calls under way", ports.underway);
  gauge("switchyard_redis_degraded", "1 while Redis is configured and out of reach", () => (ports.redisDegraded() ? 1 : 0));
  new Counter({
    name: "switchyard_redis_lost_writes_total",
    help: "What other programs should have been told through Redis and will not be, by its kind",
    labelNames: ["what"],
    registers,
    collect() {
      this.reset();
      for (const [what, count] of Object.entries(ports.redisLosses().lost)) this.inc({ what }, count);
    },
  });
  new Counter({
    name: "switchyard_limits_decided_alone_total",
    help: "Calls whose limits this program counted alone, for Redis was out of reach",
    registers,
    collect() {
      this.reset();
      this.inc(ports.redisLosses().decidedAlone);
    },
  });
  new Gauge({
    name: "switchyard_target_state",
    help: "How each provider's model is: 0 healthy, 1 degraded, 2 resting, 3 down, -1 switched off",
    labelNames: ["target"],
    registers,
    collect() {
      this.reset();
      for (const [target, state] of ports.targetStates()) this.set({ target }, state);
    },
  });
  return {
    handler: async (req, res) => {
      if (!(await ports.allow(req, res))) return;
      res.set("content-type", registry.contentType).send(await registry.metrics());
    },
    call({ outcome, provider, cached, totalMs, firstTokenMs, overheadMs }) {
      calls.inc({ outcome, provider: provider ?? "" });
      if (cached) cachedAnswers.inc();
      total.observe(totalMs / 1000);
      overhead.observe(overheadMs / 1000);
      if (firstTokenMs !== undefined) firstToken.observe(firstTokenMs / 1000);
    },
  };
}
