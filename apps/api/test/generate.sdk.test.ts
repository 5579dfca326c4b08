/** Google's own SDK against the running server: whatever provider answers, it looks like Gemini. */
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type, type FunctionCall } from "@google/genai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { KEYS, startGateway, testConfig, type Gateway } from "./gateway-harness.process.ts";

/** The same providers, with models that see. */
const seeing: typeof testConfig = (...fakes) => {
  const config = testConfig(...fakes);
  const providers = config["providers"] as { models: { capabilities?: string[] }[] }[];
  const sees = (model: { capabilities?: string[] }) => (model.capabilities ? { ...model, capabilities: [...model.capabilities, "vision", "json"] } : model);
  return { ...config, providers: providers.map((one) => ({ ...one, models: one.models.map(sees) })) };
};

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({}, seeing);
}, 60_000);
afterAll(() => gateway?.close());
afterEach(async () => {
  await gateway.settled();
  gateway.resetFakes();
});

const google = (apiKey: string = KEYS.acme): GoogleGenAI => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: gateway.url } });
const weather = {
  functionDeclarations: [
    {
      name: "weather",
      description: "The weather of a place",
      parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ["city"] },
    },
  ],
};

describe.each([
  ["an OpenAI target", "main/gpt-4o-mini", "main"],
  ["an Anthropic target", "claude/claude-sonnet-4-5", "claude"],
] as const)("%s", (_what, model, fake) => {
  test("answers whole and streamed, with usage", async () => {
    gateway[fake].always({ kind: "text", text: "Hello there, friend." });
    const whole = await google().models.generateContent({
      model,
      contents: "Hi",
      config: { systemInstruction: "Be kind.", temperature: 0.5, maxOutputTokens: 50 },
    });
    expect(whole.text).toBe("Hello there, friend.");
    expect(whole.candidates?.[0]?.finishReason).toBe("STOP");
    expect(whole.usageMetadata?.totalTokenCount).toBe((whole.usageMetadata?.promptTokenCount ?? 0) + (whole.usageMetadata?.candidatesTokenCount ?? 0));
    expect(whole.responseId).toMatch(/^gen_/);
    const pieces = [];
    for await (const piece of await google().models.generateContentStream({ model, contents: "Hi" })) pieces.push(piece);
    expect(pieces.map((piece) => piece.text ?? "").join("")).toBe("Hello there, friend.");
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.at(-1)?.candidates?.[0]?.finishReason).toBe("STOP");
    expect(pieces.at(-1)?.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
    const sent = JSON.stringify(gateway[fake].tally.calls[0]?.body);
    expect(sent).toContain("Be kind.");
  });

  test("calls functions and takes their results", async () => {
    gateway[fake].next({
      kind: "tools",
      calls: [
        { name: "weather", arguments: '{"city":"Oslo"}' },
        { name: "weather", arguments: '{"city":"Rome"}' },
      ],
    });
    const config = { tools: [weather], toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } };
    const calls: FunctionCall[] = [];
    for await (const piece of await google().models.generateContentStream({ model, contents: "Weather?", config })) calls.push(...(piece.functionCalls ?? []));
    expect(calls.map(({ name, args }) => ({ name, args }))).toEqual([
      { name: "weather", args: { city: "Oslo" } },
      { name: "weather", args: { city: "Rome" } },
    ]);
    gateway[fake].next({ kind: "text", text: "Cold and warm." });
    const contents = [
      { role: "user", parts: [{ text: "Weather?" }] },
      { role: "model", parts: calls.map((functionCall) => ({ functionCall })) },
      {
        role: "user",
        parts: [5, 25].map((degrees, at) => ({ functionResponse: { ...(calls[at]?.id ? { id: calls[at].id } : {}), name: "weather", response: { degrees } } })),
      },
    ];
    expect((await google().models.generateContent({ model, contents, config: { tools: [weather] } })).text).toBe("Cold and warm.");
    const sent = JSON.stringify(gateway[fake].tally.calls.at(-1)?.body);
    expect(sent).toContain(calls[0]?.id ?? "no id");
    expect(sent).toContain('\\"degrees\\":25');
    expect(sent).toContain('"type":"object"');
  });

  test("pictures and a schema for the answer reach the target", async () => {
    gateway[fake].always({ kind: "text", text: '{"colour":"red"}' });
    const answer = await google().models.generateContent({
      model,
      contents: [{ role: "user", parts: [{ text: "Which colour?" }, { inlineData: { mimeType: "image/png", data: "aGVsbG8=" } }] }],
      config: { responseMimeType: "application/json", responseSchema: { type: Type.OBJECT, properties: { colour: { type: Type.STRING } } } },
    });
    expect(answer.text).toContain("red");
    const sent = JSON.stringify(gateway[fake].tally.calls[0]?.body);
    expect(sent).toContain("aGVsbG8=");
    expect(sent).toContain("colour");
  });
});

describe("refusals in Google's envelope", () => {
  const refusal = async (ask: Promise<unknown>): Promise<{ status: number; body: { error: { code: number; status: string; message: string } } }> => {
    const error = await ask.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ApiError)) throw new Error(`expected a refusal, got ${String(error)}`);
    return { status: error.status, body: JSON.parse(error.message) as never };
  };

  test.each([
    ["a wrong key", () => google("sy-nobody-has-this-key-0000").models.generateContent({ model: "pool", contents: "Hi" }), 401, "UNAUTHENTICATED"],
    ["an unknown model", () => google().models.generateContent({ model: "no-such-model", contents: "Hi" }), 404, "NOT_FOUND"],
    [
      "a wallet that is too small",
      () => google(KEYS.poor).models.generateContent({ model: "pool", contents: "Hi", config: { maxOutputTokens: 1_000, candidateCount: 50 } }),
      402,
      "FAILED_PRECONDITION",
    ],
    [
      "a temperature out of range",
      () => google().models.generateContent({ model: "pool", contents: "Hi", config: { temperature: 9 } }),
      400,
      "INVALID_ARGUMENT",
    ],
  ])("%s", async (_what, ask, status, name) => {
    const refused = await refusal(ask());
    expect(refused).toMatchObject({ status, body: { error: { code: status, status: name } } });
    expect(gateway.main.tally.calls).toHaveLength(0);
  });

  test("a target's overload fails over, and a stream that breaks off ends in an error", async () => {
    gateway.main.next({ kind: "status", status: 529 });
    gateway.spare.always({ kind: "text", text: "From the spare." });
    expect((await google().models.generateContent({ model: "pool", contents: "Hi" })).text).toBe("From the spare.");
    gateway.claude.next({ kind: "text", text: "one two three four", fault: { kind: "reset", at: 2 } });
    let text = "";
    const reading = (async () => {
      for await (const piece of await google().models.generateContentStream({ model: "claude/claude-sonnet-4-5", contents: "Hi" })) text += piece.text ?? "";
    })();
    await expect(reading).rejects.toThrow(/UNAVAILABLE/);
    expect(text).toBe("one two");
  });

  test("a stream without alt=sse, another method and a body that is none", async () => {
    const ask = async (path: string, body: unknown) => {
      const answer = await gateway.post(path, body);
      return { status: answer.status, body: (await answer.json()) as { error: { status: string } } };
    };
    expect(await ask("/v1beta/models/pool:streamGenerateContent", { contents: [{ parts: [{ text: "Hi" }] }] })).toMatchObject({ status: 400 });
    expect(await ask("/v1beta/models/pool:tuneModel", {})).toMatchObject({ status: 404, body: { error: { status: "NOT_FOUND" } } });
    expect(await ask("/v1beta/models/pool:generateContent", { contents: [] })).toMatchObject({ status: 400 });
    expect(await ask("/v1beta/models/pool:generateContent", { contents: [{ parts: [{ fileData: { fileUri: "file:///etc/passwd" } }] }] })).toMatchObject({
      status: 400,
    });
  });
});

test("tokens are counted without a charge, and models are listed", async () => {
  const before = await gateway.wallet("acme");
  const counted = await google().models.countTokens({ model: "pool", contents: "How many tokens are these?" });
  expect(counted.totalTokens).toBeGreaterThan(4);
  expect((await gateway.wallet("acme")).posted).toBe(before.posted);
  const names = [];
  for await (const model of await google().models.list()) names.push(model.name);
  expect(names).toContain("models/pool");
  expect((await google().models.get({ model: "pool" })).inputTokenLimit).toBe(128_000);
});
