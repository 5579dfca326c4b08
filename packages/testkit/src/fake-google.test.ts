/** The fake is read by the official client as Google would be, including its errors inside streams. */
import { GoogleGenAI, type GenerateContentResponse } from "@google/genai";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startFakeGoogle } from "./fake-google.ts";
import type { FakeProvider } from "./fake-provider.ts";
import type { Script } from "./fake-script.ts";

let fake: FakeProvider;
let client: GoogleGenAI;
const ask = { model: "gemini-fake", contents: "hello there" };

beforeAll(async () => {
  fake = await startFakeGoogle({ models: ["gemini-fake"] });
  client = new GoogleGenAI({ apiKey: "fake-key", httpOptions: { baseUrl: fake.url } });
});
beforeEach(() => fake.reset());
afterAll(() => fake.close());

async function streamed(script: Script): Promise<GenerateContentResponse[]> {
  fake.next(script);
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream(ask)) chunks.push(chunk);
  return chunks;
}
const partsOf = (responses: readonly GenerateContentResponse[]) => responses.flatMap((one) => one.candidates?.[0]?.content?.parts ?? []);
const textOf = (responses: readonly GenerateContentResponse[], thought: boolean) =>
  partsOf(responses)
    .filter((part) => (part.thought ?? false) === thought)
    .map((part) => part.text ?? "")
    .join("");

it("answers whole and streamed alike: thoughts, text and parallel calls", async () => {
  const script: Script = {
    kind: "tools",
    text: "let me look",
    reasoning: "which one is it",
    inputTokens: 30,
    cachedTokens: 10,
    calls: [
      { name: "weather", arguments: '{"city":"Ulm","days":[1,2]}' },
      { name: "time", arguments: "{}" },
    ],
  };
  fake.next(script);
  const whole = [await client.models.generateContent(ask)];
  const stream = await streamed({ ...script, sliceBytes: 3, lineEnding: "\r\n" });
  for (const answer of [whole, stream]) {
    expect([textOf(answer, true), textOf(answer, false)]).toEqual(["which one is it", "let me look"]);
    expect(partsOf(answer).flatMap((part) => (part.functionCall ? [[part.functionCall.name, part.functionCall.args]] : []))).toEqual([
      ["weather", { city: "Ulm", days: [1, 2] }],
      ["time", {}],
    ]);
    expect(answer.at(-1)?.usageMetadata).toMatchObject({ promptTokenCount: 30, cachedContentTokenCount: 10, thoughtsTokenCount: 4 });
    expect(answer.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP");
  }
  await fake.until((tally) => tally.completed === 2);
  expect(fake.tally.usage).toMatchObject({ input: 60, cacheRead: 20, reasoning: 8 });
  expect(fake.tally.calls[0]?.headers["x-goog-api-key"]).toBe("fake-key");
});

it("says overloaded inside a 200 and by status 503", async () => {
  await expect(streamed({ kind: "text", tokens: 4, fault: { kind: "error", at: 2 } })).rejects.toThrow(/overloaded/u);
  fake.next({ kind: "status", status: 503 });
  await expect(client.models.generateContent(ask)).rejects.toMatchObject({ status: 503 });
});

it("stops at the request's cap, leaves usage away as asked, and counts tokens", async () => {
  fake.next({ kind: "text", tokens: 40 }, { kind: "text", tokens: 3, omit: ["usage"] });
  const capped = await client.models.generateContent({ ...ask, config: { maxOutputTokens: 5 } });
  expect([capped.candidates?.[0]?.finishReason, capped.usageMetadata?.candidatesTokenCount]).toEqual(["MAX_TOKENS", 5]);
  expect((await client.models.generateContent(ask)).usageMetadata).toBeUndefined();
  expect((await client.models.countTokens(ask)).totalTokens).toBeGreaterThan(0);
});
