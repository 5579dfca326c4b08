/** Two nodes and the counts they share, in thousands of courses that chance makes: late answers, busy programs, counts that are gone. */
import { expect, it } from "vitest";
import { ONE_REQUEST } from "@switchyard/shared/domain/limit";
import { seededRandom } from "@switchyard/testkit/seeded-random";
import { boundsOf } from "./limiter.ts";
import { createSharedLimiter } from "./limiter.shared.ts";
import { loopOf, SimulatedCounts, SimulatedTime, type Away } from "./testing/simulated-nodes.ts";
import { keyOf } from "./untold-admissions.ts";

const LIMIT = 60;
const BOUNDS = boundsOf("key", "of a course", [{ kind: "requests", max: LIMIT, windowSeconds: 3_600 }]);
const COUNTED_AS = BOUNDS.map(keyOf)[0] ?? "";

interface Course {
  readonly seed: number;
  /** How long the shared counts and each node are away at a time, in milliseconds. */
  readonly countsAwayMs: number;
  readonly nodeAwayMs: number;
  /** From here on the counts never answer again. */
  readonly goneAt?: number;
  readonly offers?: number;
}

interface Outcome {
  readonly admitted: number;
  readonly counted: number;
  readonly decidedAlone: number;
  readonly longestWaitMs: number;
}

function spansOf(random: () => number, mostMs: number): Away {
  if (mostMs === 0) return [];
  const spans: { from: number; to: number }[] = [];
  for (let at = random() * 100; at < 6_000;) {
    const to = at + random() * mostMs;
    spans.push({ from: at, to });
    at = to + random() * 150;
  }
  return spans;
}

async function run({ seed, countsAwayMs, nodeAwayMs, goneAt = Number.POSITIVE_INFINITY, offers = 300 }: Course): Promise<Outcome> {
  const random = seededRandom(seed);
  const time = new SimulatedTime();
  const counts = new SimulatedCounts(time, [...spansOf(random, countsAwayMs), { from: goneAt, to: Number.POSITIVE_INFINITY }]);
  let [left, admitted, decidedAlone, longestWaitMs] = [offers, 0, 0, 0];
  const nodes = [0, 1].map(() => {
    const away = spansOf(random, nodeAwayMs);
    const limiter = createSharedLimiter({
      counts: counts.connect(away, () => 0.1 + random() * 3),
      clock: time.clock,
      loop: loopOf(time, away),
      leaseId: () => "none is taken",
      nodes: () => 2,
      silenceMs: 80,
      tell: { alone: () => void decidedAlone++ },
    });
    return { limiter, away };
  });
  const offer = async ({ limiter, away }: (typeof nodes)[number]): Promise<void> => {
    if (left-- <= 0) return;
    const asked = time.now;
    const verdict = await limiter.take(BOUNDS, ONE_REQUEST);
    longestWaitMs = Math.max(longestWaitMs, time.now - asked);
    if (verdict.allowed) admitted += 1;
    time.at(time.now + random() * 30, away, 1, () => void offer({ limiter, away }));
  };
  for (const node of nodes) for (let line = 0; line < 25; line++) time.at(random() * 5, node.away, 1, () => void offer(node));
  await time.run(20_000);
  for (const { limiter } of nodes) void limiter.renew();
  await time.run(40_000);
  const counted = counts.used(COUNTED_AS);
  for (const { limiter } of nodes) await limiter.close();
  return { admitted, counted, decidedAlone, longestWaitMs };
}

const SEEDS = 20;
const courses = async (course: Omit<Course, "seed">): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) outcomes.push(await run({ seed, ...course }));
  return outcomes;
};
const most = (outcomes: readonly Outcome[], of: keyof Outcome): number => Math.max(...outcomes.map((one) => one[of]));
const least = (outcomes: readonly Outcome[], of: keyof Outcome): number => Math.min(...outcomes.map((one) => one[of]));
/** A silence that is waited through, and the ticks it is counted in. */
const LONGEST_WAIT_MS = 100;

it.each([
  { countsAwayMs: 0, nodeAwayMs: 0 },
  { countsAwayMs: 0, nodeAwayMs: 300 },
  { countsAwayMs: 60, nodeAwayMs: 0 },
  { countsAwayMs: 60, nodeAwayMs: 300 },
])("admit exactly the limit while the counts are away for $countsAwayMs ms at most, and they themselves for $nodeAwayMs ms", async (course) => {
  const outcomes = await courses(course);
  expect([least(outcomes, "admitted"), most(outcomes, "admitted")]).toEqual([LIMIT, LIMIT]);
  expect([least(outcomes, "counted"), most(outcomes, "counted")]).toEqual([LIMIT, LIMIT]);
  expect(most(outcomes, "decidedAlone")).toBe(0);
});

it.each([
  { countsAwayMs: 150, nodeAwayMs: 0 },
  { countsAwayMs: 400, nodeAwayMs: 0 },
  { countsAwayMs: 300, nodeAwayMs: 200 },
])("refuse nothing that fits, and tell all what they admitted, when the counts come back after $countsAwayMs ms", async (course) => {
  const outcomes = await courses(course);
  expect(most(outcomes, "decidedAlone")).toBeGreaterThan(0);
  expect(least(outcomes, "admitted")).toBe(LIMIT);
  for (const { admitted, counted } of outcomes) expect(counted).toBe(admitted);
  // More is possible only where one took more than its share while the other could not hear of it, and never more than that one's share.
  expect(most(outcomes, "admitted")).toBeLessThan(LIMIT * 1.5);
  expect(outcomes.filter(({ admitted }) => admitted === LIMIT).length).toBeGreaterThanOrEqual(SEEDS * 0.75);
  if (course.nodeAwayMs === 0) expect(most(outcomes, "longestWaitMs")).toBeLessThan(LONGEST_WAIT_MS);
});

it.each([5, 40, 200])("wait only a moment when the counts are gone after %d ms, and admit the limit by their shares", async (goneAt) => {
  const outcomes = await courses({ countsAwayMs: 0, nodeAwayMs: 0, goneAt });
  expect(most(outcomes, "longestWaitMs")).toBeLessThan(LONGEST_WAIT_MS);
  expect(least(outcomes, "admitted")).toBe(LIMIT);
  expect(most(outcomes, "admitted")).toBeLessThan(LIMIT * 1.5);
});
