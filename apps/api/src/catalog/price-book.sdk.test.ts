import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { termsOf } from "./book-price.ts";
import { createPriceBook, INSTALLED } from "./price-book.sdk.ts";

const at = new Date("2026-11-21T12:00:00Z");
const book = createPriceBook(() => at);
const priceOf = (kind: "openai" | "anthropic" | "google" | "xai" | "openrouter" | "openai-compatible", model: string, baseUrl = "") =>
  book.priceOf({ kind, baseUrl }, model)?.terms;

describe("the price book", () => {
  test("knows models of every provider, dated variants too, in nano-dollars", () => {
    expect(priceOf("openai", "gpt-4o-mini")).toMatchObject({
      inputPerMillion: 150_000_000n,
      cachedInputPerMillion: 75_000_000n,
      outputPerMillion: 600_000_000n,
    });
    expect(priceOf("openai", "gpt-4o-mini-2024-07-18")).toEqual(priceOf("openai", "gpt-4o-mini"));
    expect(priceOf("anthropic", "claude-haiku-4-5")).toMatchObject({
      cacheWritePerMillion: 1_250_000_000n,
      further: { cacheWriteLong: 2_000_000_000n, searches: 10_000_000_000n },
    });
    expect(priceOf("google", "gemini-2.5-flash")?.further).toMatchObject({ audioInput: 1_000_000_000n, cachedAudioInput: 100_000_000n });
    expect(priceOf("xai", "grok-4")).toBeDefined();
    expect(priceOf("openrouter", "anthropic/claude-sonnet-4.5")).toBeDefined();
    expect(priceOf("openai-compatible", "llama-3.3-70b-versatile", "https://api.groq.com/openai/v1")).toBeDefined();
  });

  test("reads tiers, hours of sound and pictures", () => {
    expect(priceOf("anthropic", "claude-sonnet-4-5")?.tiers).toMatchObject([
      { abovePromptTokens: 200_000, inputPerMillion: 6_000_000_000n, outputPerMillion: 22_500_000_000n, further: { cacheWriteLong: 12_000_000_000n } },
    ]);
    expect(priceOf("openai", "whisper-1")?.further).toEqual({ audioMs: 360_000_000n });
    expect(priceOf("openai", "gpt-image-1")?.further).toMatchObject({ imageInput: 10_000_000_000n });
    expect(priceOf("openai", "omni-moderation-latest")).toMatchObject({ inputPerMillion: 0n, outputPerMillion: 0n });
  });

  test("knows nothing of strangers: no price is better than a wrong one", () => {
    expect(priceOf("openai", "nonsense-1")).toBeUndefined();
    expect(priceOf("openai-compatible", "llama-3.3-70b-versatile", "http://127.0.0.1:11434/v1")).toBeUndefined();
    expect(priceOf("openai-compatible", "gpt-4o-mini", "")).toBeUndefined();
    expect(book.priceOf({ kind: "sandbox", baseUrl: "" }, "gpt-4o-mini")).toBeUndefined();
  });

  test("says where it is from", () => {
    expect(book.source()).toMatch(/^price book \d+\.\d+\.\d+$/);
    expect(book.day()).toBe(INSTALLED.day);
    // The package exports its code alone, so its description is read from beside it.
    const description = readFileSync(new URL("../package.json", import.meta.resolve("@pydantic/genai-prices")), "utf8");
    expect((JSON.parse(description) as { version: string }).version).toBe(INSTALLED.version);
  });
});

describe("a price of the book", () => {
  const plain = { input_mtok: 1, output_mtok: 2 };

  test("holds from its day on", () => {
    const list = [{ prices: plain }, { constraint: { type: "start_date", start_date: "2026-12-01" }, prices: { input_mtok: 9, output_mtok: 9 } }];
    expect(termsOf(list, at)?.inputPerMillion).toBe(1_000_000_000n);
    expect(termsOf(list, new Date("2026-12-01T00:00:00Z"))?.inputPerMillion).toBe(9_000_000_000n);
  });

  test("by the time of day is the dearest of the day", () => {
    const night = { constraint: { type: "time_of_date" }, prices: { input_mtok: 0.5, output_mtok: 1 } };
    const noon = { constraint: { type: "time_of_date" }, prices: { input_mtok: 2, output_mtok: 4 } };
    expect(termsOf([{ prices: plain }, night, noon], at)?.outputPerMillion).toBe(4_000_000_000n);
    expect(termsOf([{ prices: plain }, night], at)?.outputPerMillion).toBe(2_000_000_000n);
  });

  test("that cannot be meant is none", () => {
    for (const wrong of [-1, Number.NaN, 1e300, "1" as unknown as number, null as unknown as number]) {
      expect(termsOf({ ...plain, input_mtok: wrong }, at)).toBeUndefined();
      expect(termsOf({ ...plain, input_mtok: { base: 1, tiers: [{ start: 10, price: wrong }] } }, at)).toBeUndefined();
    }
  });

  test("in units that we do not count is none", () => {
    expect(termsOf({ input_document_kpages: 1 }, at)).toBeUndefined();
    expect(termsOf({ ...plain, output_video_mtok: 1 }, at)).toBeUndefined();
    expect(termsOf({}, at)).toBeUndefined();
  });

  test("with tiers of several parts has a tier for each bound", () => {
    const tiered = { input_mtok: { base: 1, tiers: [{ start: 100, price: 2 }] }, output_mtok: { base: 3, tiers: [{ start: 200, price: 4 }] } };
    expect(termsOf(tiered, at)?.tiers).toMatchObject([
      { abovePromptTokens: 100, inputPerMillion: 2_000_000_000n, outputPerMillion: 3_000_000_000n },
      { abovePromptTokens: 200, inputPerMillion: 2_000_000_000n, outputPerMillion: 4_000_000_000n },
    ]);
  });
});

describe("facts", () => {
  test("are known of listed models and their variants, and of nobody else", () => {
    const openai = { kind: "openai", baseUrl: "" } as const;
    expect(book.factsOf(openai, "gpt-4o-mini")).toMatchObject({
      contextWindow: 128_000,
      maxOutput: 16_384,
      capabilities: expect.arrayContaining(["vision", "tools"]),
    });
    expect(book.factsOf(openai, "gpt-4o-mini-2024-07-18")).toEqual(book.factsOf(openai, "gpt-4o-mini"));
    expect(book.factsOf(openai, "gpt-4")?.capabilities).not.toContain("vision");
    expect(book.factsOf(openai, "nonsense-1")).toBeUndefined();
    expect(book.factsOf({ kind: "openai-compatible", baseUrl: "https://api.groq.com/openai/v1" }, "llama-3.3-70b-versatile")?.contextWindow).toBe(131_072);
  });
});

describe("newer data of the book's maintainers", () => {
  const provider = (price: number) => ({
    id: "openai",
    name: "OpenAI",
    api_pattern: "https://api\\.openai\\.com",
    models: [{ id: "gpt-new", match: { equals: "gpt-new" }, prices: { input_mtok: price, output_mtok: { base: 2, tiers: [{ start: 10, price: 3 }] } } }],
  });

  test("that is broken changes nothing", () => {
    for (const broken of [
      "",
      "<html>",
      "{}",
      "[]",
      '[{"id":"x"}]',
      JSON.stringify([{ ...provider(1), models: [{ id: "m", prices: [{ constraint: 5, prices: {} }] }] }]),
    ])
      expect(book.replace(broken).ok).toBe(false);
    expect(priceOf("openai", "gpt-4o-mini")).toBeDefined();
    expect(book.source()).not.toContain(" of ");
  });

  test("replaces it, and says so", () => {
    expect(book.replace(JSON.stringify([provider(7)]))).toEqual({ ok: true, value: { providers: 1, models: 1 } });
    expect(priceOf("openai", "gpt-new")).toMatchObject({
      inputPerMillion: 7_000_000_000n,
      tiers: [{ abovePromptTokens: 10, outputPerMillion: 3_000_000_000n }],
    });
    expect(book.source()).toBe("price book of 2026-11-21");
    expect(book.day()).toBe("2026-11-21");
    expect(book.replace(JSON.stringify([provider(8)]), new Date("2026-11-20T00:00:00Z"))).toMatchObject({
      ok: false,
      failure: { publicText: "The published prices are of 2026-11-20, older than those in use (2026-11-21)." },
    });
    expect(priceOf("openai", "gpt-new")).toMatchObject({ inputPerMillion: 7_000_000_000n });
    // A server whose clock is ahead is believed up to now.
    expect(book.replace(JSON.stringify([provider(8)]), new Date("2027-01-01T00:00:00Z")).ok).toBe(true);
    expect(book.day()).toBe("2026-11-21");
  });
});
