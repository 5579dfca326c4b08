/** A Redis of our own can be used, stopped and brought back on its port; a missing one is said, or refused. */
import { Redis } from "ioredis";
import { afterEach, expect, it, vi } from "vitest";
import { startRedis } from "./redis-harness.ts";

afterEach(() => vi.unstubAllEnvs());

it("starts a Redis with the wanted settings and brings a stopped one back on the same port, empty", async (context) => {
  vi.stubEnv("REDIS_URL_TEST", "");
  const first = await startRedis({ settings: { maxmemory: "9mb" } });
  if (!first) return context.skip();
  const client = new Redis(first.url);
  await client.set("a", "1");
  expect(await client.config("GET", "maxmemory")).toEqual(["maxmemory", String(9 * 1024 * 1024)]);
  client.disconnect();
  await first.stop();
  const second = await startRedis({ port: Number(new URL(first.url).port) });
  const again = new Redis(second?.url ?? "");
  expect(await again.get("a")).toBeNull();
  again.disconnect();
  await second?.stop();
});

it("uses the Redis it is given and leaves it running", async () => {
  vi.stubEnv("REDIS_URL_TEST", "redis://127.0.0.1:1");
  const given = await startRedis();
  expect(given).toMatchObject({ url: "redis://127.0.0.1:1", pid: undefined });
  await given?.stop();
});

it("leaves Redis out where there is none, and fails where it was promised", async () => {
  vi.stubEnv("REDIS_URL_TEST", "");
  vi.stubEnv("PATH", "");
  vi.stubEnv("SWITCHYARD_REQUIRE_REDIS", "");
  expect(await startRedis()).toBeUndefined();
  vi.stubEnv("SWITCHYARD_REQUIRE_REDIS", "1");
  await expect(startRedis()).rejects.toThrow(/SWITCHYARD_REQUIRE_REDIS=1/u);
});
