/** A key is known at once, asked for once, and never believed longer than it should be. */
import { describe, expect, it } from "vitest";
import { toEpochMs } from "@switchyard/shared/kernel/time";
import { hashApiKey } from "./api-key.ts";
import { createAuthenticator, type ResolvedKey } from "./authenticator.ts";
import { keyPrincipal } from "./testing/key-principal.ts";

const KEY = "sy-a-key-of-the-test";

function setUp(options: { entriesMax?: number } = {}) {
  let now = 1_000;
  const keys = new Map<string, ResolvedKey>([[KEY, keyPrincipal()]]);
  const asked: string[] = [];
  const used: string[] = [];
  let broken = false;
  let gate: Promise<void> | undefined;
  const authenticator = createAuthenticator({
    ...options,
    clock: { now: () => toEpochMs(now), monotonic: () => now },
    onUse: ({ keyId }, at) => void used.push(`${keyId} at ${at}`),
    resolve: async (hash) => {
      const [token] = [...keys.keys()].filter((one) => hashApiKey(one).equals(hash));
      asked.push(token ?? "?");
      const found = token === undefined ? undefined : keys.get(token);
      await gate;
      if (broken) throw new Error("connection lost");
      return found;
    },
  });
  return {
    authenticator,
    keys,
    asked,
    used,
    pass: (ms: number) => void (now += ms),
    breakDatabase: (yes: boolean) => void (broken = yes),
    hold: (until: Promise<void> | undefined) => void (gate = until),
    code: async (token = KEY) => {
      const known = await authenticator.authenticate(token);
      return known.ok ? "ok" : known.failure.code;
    },
  };
}

describe("a known key", () => {
  it("is answered without a promise while the answer is fresh, and by the same object", async () => {
    const { authenticator, asked, pass } = setUp();
    const first = await authenticator.authenticate(KEY);
    pass(1_999);
    expect(authenticator.authenticate(KEY)).toBe(first);
    expect(asked).toHaveLength(1);
    pass(1);
    expect(authenticator.authenticate(KEY)).toBeInstanceOf(Promise);
  });

  it("is told as used each time it is accepted, and only then", async () => {
    const { code, used, keys, pass } = setUp();
    await code();
    pass(500);
    await code();
    keys.set(KEY, keyPrincipal({ enabled: false }));
    pass(1_500);
    expect(await code()).toBe("key_disabled");
    keys.set(KEY, keyPrincipal({ expiresAt: toEpochMs(0) }));
    pass(2_000);
    expect(await code()).toBe("invalid_api_key");
    expect(await code("sy-nobody-has-this-key")).toBe("invalid_api_key");
    expect(used).toEqual(["k at 1000", "k at 1500"]);
  });

  it("is asked for once by many who come at the same time", async () => {
    const { code, asked } = setUp();
    expect(new Set(await Promise.all(Array.from({ length: 1_000 }, () => code())))).toEqual(new Set(["ok"]));
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["revoked", undefined, "invalid_api_key"],
    ["disabled", keyPrincipal({ enabled: false }), "key_disabled"],
    ["expired", keyPrincipal({ expiresAt: toEpochMs(0) }), "invalid_api_key"],
  ])("that is %s is refused two seconds later at the latest", async (_what, after, refusal) => {
    const { code, keys, pass } = setUp();
    expect(await code()).toBe("ok");
    if (after === undefined) keys.delete(KEY);
    else keys.set(KEY, after);
    pass(2_000);
    expect(await code()).toBe(refusal);
  });

  it("expires on time, not when its answer does", async () => {
    const { code, keys, pass } = setUp();
    keys.set(KEY, keyPrincipal({ expiresAt: toEpochMs(1_500) }));
    expect(await code()).toBe("ok");
    pass(499);
    expect(await code()).toBe("ok");
    pass(1);
    expect(await code()).toBe("invalid_api_key");
  });

  it("is asked for anew at once when somebody tells of a change", async () => {
    const { authenticator, code, keys } = setUp();
    expect(await code()).toBe("ok");
    keys.delete(KEY);
    authenticator.invalidate();
    expect(await code()).toBe("invalid_api_key");
  });

  it("is not remembered from a question that was under way when the change was told", async () => {
    const { authenticator, code, keys, hold } = setUp();
    let open = (): void => {};
    hold(new Promise((resolve) => (open = resolve)));
    const under = code();
    keys.delete(KEY);
    authenticator.invalidate();
    hold(undefined);
    expect(await code()).toBe("invalid_api_key");
    open();
    await under;
    expect(await code()).toBe("invalid_api_key");
  });
});

describe("an unknown key", () => {
  it("is asked for once a second, however often it is sent", async () => {
    const { code, asked, pass } = setUp();
    for (let round = 0; round < 100; round++) expect(await code("sy-nobody-has-this-key")).toBe("invalid_api_key");
    expect(asked).toHaveLength(1);
    pass(1_000);
    await code("sy-nobody-has-this-key");
    expect(asked).toHaveLength(2);
  });

  it("is known a second after it was made", async () => {
    const { code, keys, pass } = setUp();
    expect(await code("sy-made-a-bit-later")).toBe("invalid_api_key");
    keys.set("sy-made-a-bit-later", keyPrincipal());
    pass(1_000);
    expect(await code("sy-made-a-bit-later")).toBe("ok");
  });

  it("does not push out the keys in use, however many are guessed", async () => {
    const { authenticator, code, asked } = setUp({ entriesMax: 10 });
    await code();
    for (let guess = 0; guess < 1_000; guess++) await code(`sy-a-guess-number-${guess}`);
    asked.length = 0;
    expect(authenticator.authenticate(KEY)).not.toBeInstanceOf(Promise);
    expect(asked).toEqual([]);
  });

  it("is not even asked for when no key can look like that", async () => {
    const { code, asked } = setUp();
    for (const token of ["", "short", "x".repeat(201), "with a blank in it, you see", "\u{1f600}".repeat(20)])
      expect(await code(token)).toBe("invalid_api_key");
    expect(asked).toEqual([]);
  });
});

describe("a database that cannot be asked", () => {
  it("is said as unavailable and not remembered", async () => {
    const { code, breakDatabase } = setUp();
    breakDatabase(true);
    expect(await code()).toBe("service_unavailable");
    breakDatabase(false);
    expect(await code()).toBe("ok");
  });

  it("does not make a fresh answer wrong", async () => {
    const { code, breakDatabase, pass } = setUp();
    expect(await code()).toBe("ok");
    breakDatabase(true);
    expect(await code()).toBe("ok");
    pass(2_000);
    expect(await code()).toBe("service_unavailable");
  });
});

it("forgets the oldest of too many keys", async () => {
  const { authenticator, code, keys } = setUp({ entriesMax: 3 });
  for (let index = 0; index < 5; index++) {
    keys.set(`sy-one-of-several-${index}`, keyPrincipal());
    await code(`sy-one-of-several-${index}`);
  }
  expect(authenticator.authenticate("sy-one-of-several-4")).not.toBeInstanceOf(Promise);
  expect(authenticator.authenticate("sy-one-of-several-0")).toBeInstanceOf(Promise);
});
