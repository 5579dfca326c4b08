/** Thousands of calls at providers that fail, stall and recover, by chance that can be had again: what must hold in every one of them. */
import { describe, expect, test } from "vitest";
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import type { CatalogModel, Target } from "@switchyard/shared/domain/catalog";
import { DEFAULT_ROUTING, type RoutingPolicy } from "@switchyard/shared/domain/routing";
import { STRATEGIES, type Strategy } from "@switchyard/shared/domain/strategy";
import { toId } from "@switchyard/shared/kernel/id";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { qualifiedName } from "../catalog/snapshot.ts";
import type { AttemptAnswer, ProviderAdapter, StreamPart } from "../providers/provider.ts";
import { HealthBook } from "../routing/health.ts";
import { ATTEMPTS_MAX, planAttempts } from "../routing/plan.ts";
import type { Route } from "../routing/resolve.ts";
import { modelOf, targetOf } from "../routing/testing/catalog-of.ts";
import { seededRandom } from "@switchyard/testkit/seeded-random";
import { Turns } from "../routing/turns.ts";
import { attemptTargets } from "./attempt.ts";
import type { GatewayPorts } from "./ports.ts";
import { openTrail } from "./trail.ts";

const KINDS: readonly ProviderFailureKind[] = ["timeout", "connection", "overloaded", "rate_limited", "unavailable", "empty", "bad_credentials", "bad_request"];
const SECOND = 1_000;

/** A provider that is well or ill for a while, then the other. */
interface Weather {
  illUntil: number;
  wellUntil: number;
  kind: ProviderFailureKind;
}

interface World {
  nowMs: number;
  readonly random: () => number;
  readonly health: HealthBook;
  readonly weather: Map<string, Weather>;
  /** Every attempt: which target, when, and whether it rested then. */
  readonly asked: { readonly target: string; readonly rested: boolean }[];
  storms: boolean;
}

function weatherOf(world: World, name: string): Weather {
  const now = world.nowMs;
  let weather = world.weather.get(name);
  if (!weather || now >= weather.wellUntil) {
    const ill = world.storms ? now + world.random() * 60 * SECOND : now;
    weather = { illUntil: ill, wellUntil: ill + (1 + world.random() * 120) * SECOND, kind: KINDS[Math.floor(world.random() * KINDS.length)] ?? "timeout" };
    world.weather.set(name, weather);
  }
  return weather;
}

const content: StreamPart = { kind: "content", bytes: Buffer.from(`data: {"choices":[{"delta":{"content":"hello"}}]}\n\n`), outputBytes: 5 };
const finish: StreamPart = { kind: "finish", bytes: Buffer.from("data: {}\n\n"), reason: "stop" };

async function* streamOf(world: World, parts: readonly StreamPart[]): AsyncGenerator<readonly StreamPart[]> {
  for (const part of parts) {
    yield [part];
    world.nowMs += 20 + world.random() * 100;
  }
}

function adapterIn(world: World, models: ReadonlyMap<string, CatalogModel>): ProviderAdapter {
  return {
    speaks: () => true,
    async ask(_ask, { baseUrl }): Promise<AttemptAnswer> {
      const model = models.get(baseUrl) as CatalogModel;
      world.asked.push({ target: qualifiedName(model), rested: world.health.standingOf(model, toEpochMs(world.nowMs)).kind === "resting" });
      const weather = weatherOf(world, baseUrl);
      // Other calls go on while this one waits.
      for (let turns = Math.floor(world.random() * 4); turns > 0; turns--) await Promise.resolve();
      world.nowMs += 1 + world.random() * 200;
      if (world.nowMs < weather.illUntil) {
        const retryAfterMs = weather.kind === "rate_limited" ? Math.round(world.random() * 20 * SECOND) : undefined;
        return { kind: "failure", bytes: 0, failure: { kind: weather.kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
      }
      const breaks = world.storms && world.random() < 0.05;
      return {
        kind: "stream",
        status: 200,
        parts: streamOf(world, breaks ? [content, { kind: "failure", failure: { kind: "incomplete" } }] : [content, finish, { kind: "done" }]),
      };
    },
  };
}

function simulate(seed: number) {
  const random = seededRandom(seed);
  const world: World = { nowMs: 1_000_000_000, random, health: new HealthBook(), weather: new Map(), asked: [], storms: true };
  const count = 1 + Math.floor(random() * 10);
  const targets: Target[] = Array.from({ length: count }, (_, index) =>
    targetOf(
      modelOf(`p${index}/m`, { perMillion: BigInt(1 + Math.floor(random() * 5)), local: random() < 0.5 }),
      1 + Math.floor(random() * 3),
      1 + Math.floor(random() * 3),
    ),
  );
  const strategy = STRATEGIES[seed % STRATEGIES.length] as Strategy;
  const policy: RoutingPolicy = {
    ...DEFAULT_ROUTING,
    sticky: random() < 0.5,
    restAfter: { failures: 1 + Math.floor(random() * 5), minutes: 1, share: random(), restSeconds: 1 + Math.floor(random() * 30) },
  };
  const models = new Map(targets.map(({ model }) => [model.provider.name, model]));
  const adapter = adapterIn(world, models);
  const clock = { now: () => toEpochMs(world.nowMs), monotonic: () => world.nowMs };
  const ports = {
    adapterOf: () => adapter,
    catalog: {
      endpointOf: (id: string) => ({ baseUrl: [...models.values()].find(({ provider }) => provider.id === id)?.provider.name ?? "", apiKey: "", headers: {} }),
    },
    learned: { sent: () => {}, learn: () => {}, exhausted: () => undefined },
    health: world.health,
    clock,
    later: () => ({ cancel: () => {} }),
    log: { warn: () => {}, error: () => {} },
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 },
  } as unknown as GatewayPorts;
  const route: Route = { by: "group", of: "platform", alias: undefined, group: undefined, targets, strategy, policy };
  const turns = new Turns();

  const call = async (): Promise<{
    planned: string[];
    attempts: string[];
    quiet: boolean;
    outcome: string;
    last: string | undefined;
    askedAfterContent: number;
  }> => {
    const session = random() < 0.3 ? `session-${Math.floor(random() * 20)}` : undefined;
    const plan = planAttempts(route, { health: world.health, turns, now: clock.now(), random, stream: true, session, unfit: () => undefined });
    const quiet = world.health.rests().size === 0;
    const trail = openTrail({ callId: toId("call", "c"), generationId: "gen", principal: {} as never, surface: "chat", modelAsked: "g", stream: true }, clock);
    const attempted = await attemptTargets(
      ports,
      {
        demand: { prompt: { bytes: 1, messages: 1, mediaParts: 0 }, choices: 1, outputAsked: undefined },
        offers: [{ operation: "chat", request: {} as never }],
        fit: undefined,
        session: undefined,
        stream: true,
        targets: plan.attempts,
        skipped: plan.skipped,
        maxOutputOf: () => 1,
        generationId: "gen",
        policy,
      },
      new AbortController().signal,
      trail,
    );
    const before = trail.tried;
    if (attempted.kind === "stream") {
      let failure: Extract<StreamPart, { kind: "failure" }>["failure"] | undefined;
      for (let step = await attempted.rest.next(); !step.done; step = await attempted.rest.next())
        for (const part of step.value) if (part.kind === "failure") failure = part.failure;
      attempted.finish({ outcome: failure ? "failed" : "ok", bytes: 1, outputTokens: 20, ...(failure ? { failure } : {}) });
    }
    return {
      planned: plan.attempts.map(({ model }) => qualifiedName(model)),
      attempts: trail.attempts.map(({ provider, model }) => `${provider}/${model}`),
      quiet,
      outcome: attempted.kind,
      last: trail.attempts.at(-1)?.failure,
      askedAfterContent: trail.tried - before,
    };
  };
  return { world, targets, strategy, call };
}

describe("in every one of thousands of calls", () => {
  test.each(Array.from({ length: 160 }, (_, seed) => seed))("with seed %i", async (seed) => {
    const { world, targets, strategy, call } = simulate(seed);
    for (let round = 0; round < 30; round++) {
      const alone = round % 3 > 0;
      const from = world.asked.length;
      const results = await Promise.all(Array.from({ length: alone ? 1 : 5 }, call));
      for (const { planned, attempts, quiet, outcome, last, askedAfterContent } of results) {
        expect(attempts.length).toBeLessThanOrEqual(Math.min(targets.length, ATTEMPTS_MAX));
        expect(new Set(attempts).size).toBe(attempts.length);
        expect(planned).toEqual(expect.arrayContaining(attempts));
        expect(askedAfterContent).toBe(0);
        // Alone and with nothing at rest, targets are tried in the order of the plan.
        if (alone && quiet) expect(attempts).toEqual(planned.slice(0, attempts.length));
        // A call fails only when it was tried everywhere, or by the client's own mistake, or when nothing was left to try.
        if (outcome === "failed" && last !== "bad_request") expect(attempts.toSorted()).toEqual(planned.toSorted());
      }
      // What rests is asked by nobody: it was left out of the plan, and began to rest since only when others were asked first.
      if (alone) expect(world.asked.slice(from).filter(({ rested }) => rested)).toEqual([]);
      world.nowMs += world.random() * 20 * SECOND;
    }
    // The storms are over: everything comes back, and nobody is forgotten.
    world.storms = false;
    world.nowMs += 3_700 * SECOND;
    world.weather.clear();
    world.asked.length = 0;
    for (let round = 0; round < 150; round++) {
      expect((await call()).outcome).toBe("stream");
      world.nowMs += 20 * SECOND;
    }
    const first = Math.min(...targets.map(({ priority }) => priority));
    const served = new Set(world.asked.map(({ target }) => target));
    const wanted =
      strategy === "weighted" || strategy === "round_robin"
        ? targets.filter(({ priority }) => priority === first)
        : strategy === "lowest_latency" || strategy === "highest_throughput"
          ? targets
          : [];
    expect(wanted.map(({ model }) => qualifiedName(model)).filter((name) => !served.has(name))).toEqual([]);
    for (const { model } of targets) if (served.has(qualifiedName(model))) expect(world.health.standingOf(model, toEpochMs(world.nowMs)).kind).toBe("open");
  });
});
