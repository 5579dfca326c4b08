import { expect, test } from "vitest";
import type { ProviderFailureKind } from "@switchyard/shared/domain/call";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { HealthBook } from "./health.ts";
import { failureOfStatus, Prober } from "./prober.ts";
import { modelOf } from "./testing/catalog-of.ts";

const model = modelOf("main/m");
const quiet = modelOf("quiet/m");

function rig() {
  const state = { now: 1_000_000, answer: undefined as ProviderFailureKind | undefined, asked: [] as number[] };
  const health = new HealthBook();
  const clock = { now: () => toEpochMs(state.now), monotonic: () => state.now };
  const prober = new Prober({
    providers: () => [{ ...model.provider, probeSeconds: 10 }, quiet.provider],
    ask: async (provider) => {
      expect(provider.id).toBe(model.provider.id);
      state.asked.push(state.now);
      return state.answer;
    },
    health,
    clock,
  });
  const run = async (seconds: number): Promise<number[]> => {
    state.asked = [];
    const begun = state.now;
    for (; state.now < begun + seconds * 1_000; state.now += 1_000) await prober.tick();
    return state.asked.map((at) => (at - begun) / 1_000);
  };
  const stateNow = (): string => health.evidenceOf(model, clock.now()).state;
  return { state, run, stateNow, health };
}

test("a provider is asked as often as its operator wants, sooner while something is wrong, and is down after three silences", async () => {
  const { state, run, stateNow } = rig();
  expect(await run(21)).toEqual([0, 10, 20]);
  expect(stateNow()).toBe("healthy");
  state.answer = "connection";
  expect(await run(10)).toEqual([9]);
  expect(stateNow()).toBe("healthy");
  expect(await run(4)).toEqual([1, 3]);
  expect(stateNow()).toBe("down");
  await run(60);
  expect(stateNow()).toBe("down");
  state.answer = undefined;
  await run(3);
  expect(stateNow()).toBe("healthy");
});

test("refused credentials are believed at once, and a question answered ends no rest that calls began", async () => {
  const { state, run, stateNow, health } = rig();
  state.answer = "bad_credentials";
  await run(1);
  expect(stateNow()).toBe("down");
  state.answer = undefined;
  await run(3);
  expect(stateNow()).toBe("healthy");
  health.failed(model, { kind: "quota_exhausted" }, { failures: 5, minutes: 1, share: 0.5, restSeconds: 30 }, toEpochMs(state.now));
  await run(20);
  expect(stateNow()).toBe("down");
});

test("whoever answers is there, whatever it answers, but for refusals of the credentials and failures of its own", () => {
  expect([200, 301, 404, 405, 429, 501].map((status) => failureOfStatus(status))).toEqual(Array.from({ length: 6 }, () => undefined));
  expect([401, 403].map((status) => failureOfStatus(status))).toEqual(["bad_credentials", "bad_credentials"]);
  expect([500, 503, 529].map((status) => failureOfStatus(status))).toEqual(["unavailable", "unavailable", "unavailable"]);
  expect([401, 403, 500].map((status) => failureOfStatus(status, { severalKeys: true }))).toEqual([undefined, undefined, "unavailable"]);
});
