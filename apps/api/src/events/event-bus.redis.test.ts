/** The bus between nodes keeps the promises of a bus, and says what it lost. */
import { Redis } from "ioredis";
import { expect, it, vi } from "vitest";
import { startRedis } from "@switchyard/testkit/redis-harness";
import { describeBus, freshWorkspace, hear, kinds } from "./event-bus.contract.ts";
import { createRedisBus } from "./event-bus.redis.ts";
import type { EventBus } from "./event-bus.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };

/** Until what one says is heard by the other, both ways. */
async function untilJoined(one: EventBus, other: EventBus): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const workspaceId = freshWorkspace();
    const { events, leave } = hear(to, workspaceId);
    await vi.waitFor(() => {
      from.publish({ kind: "balance.changed", workspaceId });
      expect(events.filter((one) => one.event.kind === "balance.changed").length).toBeGreaterThan(0);
    }, PATIENCE);
    leave();
  }
}

describeBus("between two nodes", async () => {
  const redis = await startRedis();
  if (!redis) return undefined;
  const [one, other] = [createRedisBus({ url: redis.url, epoch: "test" }), createRedisBus({ url: redis.url, epoch: "node2" })];
  await untilJoined(one, other);
  return {
    one,
    other,
    stop: async () => {
      await Promise.all([one.close(), other.close()]);
      await redis.stop();
    },
  };
});

it("goes on within the node while Redis is away, and says gap to everybody when it is back", async (context) => {
  const first = await startRedis();
  if (!first || first.pid === undefined) return context.skip();
  const [one, other] = [createRedisBus({ url: first.url, epoch: "one" }), createRedisBus({ url: first.url, epoch: "other" })];
  await untilJoined(one, other);
  const workspaceId = freshWorkspace();
  const [here, there] = [hear(one, workspaceId), hear(other, workspaceId)];
  await first.stop();
  one.publish({ kind: "config.changed", workspaceId });
  expect(kinds(here.events)).toEqual(["config.changed"]);
  const second = await startRedis({ port: Number(new URL(first.url).port) });
  await vi.waitFor(() => {
    expect(kinds(here.events)).toContain("gap");
    expect(kinds(there.events)).toContain("gap");
  }, PATIENCE);
  await untilJoined(one, other);
  one.publish({ kind: "balance.changed", workspaceId });
  await vi.waitFor(() => expect(kinds(there.events).at(-1)).toBe("balance.changed"), PATIENCE);
  expect(kinds(there.events)).not.toContain("config.changed");
  await Promise.all([one.close(), other.close()]);
  await second?.stop();
}, 60_000);

it("takes nothing from the channel that is no event", async (context) => {
  const redis = await startRedis();
  if (!redis) return context.skip();
  const [one, other] = [createRedisBus({ url: redis.url, epoch: "one" }), createRedisBus({ url: redis.url, epoch: "other" })];
  await untilJoined(one, other);
  const workspaceId = freshWorkspace();
  const { events } = hear(one, workspaceId);
  const stranger = new Redis(redis.url);
  for (const nonsense of [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "{}",
    '{"node":1}',
    JSON.stringify({ node: "x", event: { kind: "drop", workspaceId } }),
    JSON.stringify({ node: "x", event: { kind: "call.finished", workspaceId } }),
    "x".repeat(5_000),
  ]) {
    await stranger.publish("switchyard:events", nonsense);
  }
  other.publish({ kind: "balance.changed", workspaceId });
  await vi.waitFor(() => expect(kinds(events)).toEqual(["balance.changed"]), PATIENCE);
  stranger.disconnect();
  await Promise.all([one.close(), other.close()]);
  await redis.stop();
});
