/** Films and what is seen in them, by Gemini and by servers of the OpenAI family; Gemini's embeddings beside them. */
import { createHash } from "node:crypto";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import { vectorOf } from "@switchyard/testkit/fake-media";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { mp4Of } from "@switchyard/testkit/film";
import { wavOfSeconds } from "@switchyard/testkit/sound";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";
import { mediaConfig } from "./media-config.ts";
import { residentBytes } from "./process-figures.fs.ts";

let gateway: Gateway;
let gemini: FakeProvider;
beforeAll(async () => {
  gemini = await startFakeGoogle();
  gateway = await startGateway({}, (main, spare, claude) => {
    const config = mediaConfig(main, spare, claude) as { providers: unknown[]; groups: unknown[] };
    const price = { inputPerMillion: "1", outputPerMillion: "10", videoInputPerMillion: "2" };
    const models = [
      { id: "gemini-2.5-flash", maxOutput: 1_000, price },
      { id: "gemini-embedding-001", price: { inputPerMillion: "1", outputPerMillion: "0" } },
    ];
    config.providers.push({ name: "gemini", kind: "google", baseUrl: gemini.url, apiKey: "AIza-secret-of-the-test", models });
    const targets = [
      { provider: "gemini", model: "gemini-2.5-flash", priority: 1 },
      { provider: "spare", model: "spare-large", priority: 2 },
    ];
    config.groups.push({ name: "eyes", targets });
    return config;
  });
});
afterAll(async () => {
  await gateway?.close();
  await gemini?.close();
});
beforeEach(() => {
  gateway.resetFakes();
  gemini.reset();
});

const analyze = (film: Buffer, fields: Record<string, string>, name = "../film.avi"): Promise<Response> => {
  const form = new FormData();
  form.set("video", new Blob([film]), name);
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  return fetch(`${gateway.url}/api/llm/video/analyze`, { method: "POST", headers: { authorization: `Bearer ${KEYS.acme}` }, body: form });
};
const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const inlineOf = (body: unknown): { mimeType: string; data: string } =>
  (body as { contents: { parts: { inlineData: { mimeType: string; data: string } }[] }[] }).contents[0]?.parts[0]?.inlineData ?? { mimeType: "", data: "" };

describe("a film", () => {
  const film = mp4Of(30, 300_001);

  test("goes to Gemini whole, with the words about it, and is charged by the tokens reported", async () => {
    const usage = { promptTokenCount: 8_000, candidatesTokenCount: 5, totalTokenCount: 8_005, promptTokensDetails: [{ modality: "VIDEO", tokenCount: 7_900 }] };
    gemini.next({ kind: "text", text: "A signal box.", usage });
    const before = await gateway.wallet("acme");
    const answer = await analyze(film, {
      model: "eyes",
      prompt: "What is this?",
      systemPrompt: "Be brief.",
      temperature: "0.5",
      framerate: "2",
      durationMs: "1",
    });
    expect(await answer.json()).toMatchObject({ analysis: "A signal box.", model: "gemini-2.5-flash", usage: { prompt_tokens: 8_000, cost: "0.01595" } });
    const [call] = gemini.tally.calls;
    expect(call?.path).toBe("/v1beta/models/gemini-2.5-flash:generateContent");
    expect(inlineOf(call?.body).mimeType).toBe("video/mp4");
    expect(hashOf(Buffer.from(inlineOf(call?.body).data, "base64"))).toBe(hashOf(film));
    expect(call?.body).toMatchObject({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [{ parts: [{ videoMetadata: { fps: 2 } }, { text: "What is this?" }] }],
      generationConfig: { temperature: 0.5, maxOutputTokens: 1_000 },
    });
    await gateway.settled();
    expect(before.posted - (await gateway.wallet("acme")).posted).toBe(100n * 1_000n + 7_900n * 2_000n + 5n * 10_000n);
  });

  test("goes on to a server of the OpenAI family when Gemini fails", async () => {
    gemini.next({ kind: "status", status: 503 });
    gateway.spare.next({ kind: "text", text: "Points." });
    const answer = await analyze(film, { model: "eyes", prompt: "What?" });
    expect(await answer.json()).toMatchObject({ analysis: "Points.", model: "spare-large" });
    const sent = gateway.spare.tally.calls[0]?.body as { messages: { content: { video_url: { url: string } }[] }[] } | undefined;
    const [kind, data = ""] = (sent?.messages[0]?.content[0]?.video_url.url ?? "").split(",");
    expect(kind).toBe("data:video/mp4;base64");
    expect(hashOf(Buffer.from(data, "base64"))).toBe(hashOf(film));
  });

  test("is refused when it is none, when words are missing, and where no target sees", async () => {
    for (const [bytes, fields, status, param] of [
      [Buffer.from("<html>"), { model: "eyes", prompt: "x" }, 400, "video"],
      [wavOfSeconds(1), { model: "eyes", prompt: "x" }, 400, "video"],
      [Buffer.alloc(0), { model: "eyes", prompt: "x" }, 400, "video"],
      [film, { model: "eyes" }, 400, "prompt"],
      [film, { model: "eyes", prompt: "x", framerate: "100" }, 400, "framerate"],
      [film, { model: "only-claude", prompt: "x" }, 501, "model"],
    ] as const) {
      const answer = await analyze(bytes, fields);
      expect([answer.status, ((await answer.json()) as { error: { param: string } }).error.param]).toEqual([status, param]);
    }
    expect(gemini.tally.requests + gateway.claude.tally.requests).toBe(0);
  });

  test("of 90 MiB is sent ahead piece by piece, with flat memory, and nothing of it stays", async () => {
    const large = mp4Of(600, 90 * 1024 * 1024);
    // The first one shows how much the program keeps for its pieces; a second must not need more.
    await analyze(large, { model: "eyes", prompt: "warm up" });
    gemini.reset();
    const megabytes = (): number => residentBytes(gateway.server.pid) / 1024 / 1024;
    const before = megabytes();
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, megabytes())), 20);
    const answer = await analyze(large, { model: "eyes", prompt: "What?" });
    clearInterval(timer);
    expect(answer.status).toBe(200);
    expect(gemini.tally.calls.map((call) => `${call.method} ${call.path}`)).toEqual([
      "POST /upload/v1beta/files",
      "POST /upload/v1beta/files",
      "GET /v1beta/files/film1",
      "POST /v1beta/models/gemini-2.5-flash:generateContent",
    ]);
    expect(gemini.tally.calls[1]?.bodyBytes).toBe(large.length);
    expect(gemini.tally.calls[3]?.body).toMatchObject({ contents: [{ parts: [{ fileData: { fileUri: `${gemini.url}/v1beta/files/film1` } }, {}] }] });
    // Less than the film: what is kept of it at a time is pieces, and the rest is garbage not yet collected.
    expect(most - before).toBeLessThan(85);
    const folder = `/proc/${gateway.server.pid}/fd`;
    // The answer is out a moment before the file is let go.
    const kept = async (): Promise<string[]> => {
      const links = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "")));
      return links.filter((link) => link.includes("/spool/"));
    };
    await expect.poll(kept).toEqual([]);
  }, 60_000);

  test("is not sent to an address that is not the provider's", async () => {
    gemini.when((call) => call.path.startsWith("/upload/"), { kind: "body", body: {}, headers: { "x-goog-upload-url": `${gateway.main.url}/steal` } });
    const answer = await analyze(mp4Of(600, 72 * 1024 * 1024), { model: "gemini/gemini-2.5-flash", prompt: "What?" });
    expect(answer.status).toBe(502);
    expect(gateway.main.tally.requests).toBe(0);
  }, 60_000);
});

describe("Gemini's embeddings", () => {
  test("come in the order and the format that were asked for, estimated where nothing is counted", async () => {
    const answer = await gateway.openai().embeddings.create({ model: "gemini-embedding-001", input: ["a", "bc"], dimensions: 5 });
    expect(answer.data.map((one) => Array.from(one.embedding))).toEqual([vectorOf("a", 5), vectorOf("bc", 5)]);
    expect(gemini.tally.calls[0]?.path).toBe("/v1beta/models/gemini-embedding-001:batchEmbedContents");
  });

  test("take texts only, and not too many: another target may", async () => {
    const tokens = await gateway.post("/v1/embeddings", { model: "gemini-embedding-001", input: [1, 2] });
    expect(tokens.status).toBe(501);
    expect(await tokens.json()).toMatchObject({ error: { code: "not_supported", message: "This model takes texts, not tokens." } });
    const many = await gateway.post("/v1/embeddings", { model: "gemini-embedding-001", input: Array.from({ length: 101 }, () => "x") });
    expect(many.status).toBe(501);
    expect(gemini.tally.requests).toBe(0);
  });
});
