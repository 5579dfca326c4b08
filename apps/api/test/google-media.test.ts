/** Pictures and sound by Google through the running server, by OpenAI's SDK; the fake's tally tells what was asked, the wallet what it cost. */
import { toFile } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startFakeGoogle } from "@switchyard/testkit/fake-google";
import { PNG } from "@switchyard/testkit/fake-media";
import type { FakeProvider } from "@switchyard/testkit/fake-provider";
import { wavOf, wavOfSeconds } from "@switchyard/testkit/sound";
import { KEYS, startGateway, type Gateway } from "./gateway-harness.process.ts";
import { mediaConfig } from "./media-config.ts";
import { faultsOf, readDescriptionFirst, spentBy } from "./use-gateway.ts";

readDescriptionFirst();
let gateway: Gateway;
let google: FakeProvider;
beforeAll(async () => {
  google = await startFakeGoogle();
  gateway = await startGateway({}, (main, spare, claude) => {
    const config = mediaConfig(main, spare, claude) as { providers: unknown[]; groups: unknown[] };
    const models = [
      { id: "gemini-2.5-flash", price: { inputPerMillion: "1", audioInputPerMillion: "3", outputPerMillion: "10" } },
      { id: "gemini-2.5-flash-image", price: { inputPerMillion: "1", imageInputPerMillion: "2", outputPerMillion: "5", imageOutputPerMillion: "30" } },
      { id: "gemini-3-pro-image", price: { inputPerMillion: "1", outputPerMillion: "5", imageOutputPerMillion: "30" } },
      { id: "imagen-4.0-generate-001", price: { inputPerMillion: "0", outputPerMillion: "0", perImage: "0.04" } },
      { id: "gemini-2.5-flash-preview-tts", price: { inputPerMillion: "1", outputPerMillion: "10" } },
      { id: "gemini-3.8-flash-tts", price: { inputPerMillion: "1", outputPerMillion: "10", audioOutputPerMillion: "20" } },
    ];
    config.providers.push({ name: "gemini", kind: "google", baseUrl: google.url, apiKey: "AIza-secret-of-the-test", models });
    const group = (name: string, first: string, second: string) => ({
      name,
      targets: [
        { provider: "gemini", model: first, priority: 1 },
        { provider: "main", model: second, priority: 2 },
      ],
    });
    config.groups.push(group("painters", "gemini-2.5-flash-image", "gpt-image-1"), group("speakers", "gemini-2.5-flash-preview-tts", "tts-1"));
    return config;
  });
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await google?.close();
});
beforeEach(() => {
  gateway.resetFakes();
  google.reset();
});

const spent = (run: () => Promise<unknown>): Promise<bigint> => spentBy(gateway, run);
const base64 = PNG.toString("base64");
/** Gemini's answer: its parts, and what it reports. */
const answer = (parts: readonly unknown[], usageMetadata: unknown, finishReason = "STOP") =>
  ({ kind: "body", body: { candidates: [{ content: { role: "model", parts }, finishReason }], usageMetadata } }) as const;
const asked = (): Record<string, unknown> => google.tally.calls.at(-1)?.body as Record<string, unknown>;
const errorOf = async (response: Response): Promise<unknown> => [response.status, ((await response.json()) as { error: { param: string } }).error.param];

/** Google takes 100 MB in a request and this program 32 MiB, so whatever comes in fits. */
test("a chat with more than 20 MB of a document and a film goes to Gemini within the request, whole", async () => {
  const [document, film] = [Buffer.alloc(12_000_000, "%PDF-1.7 "), Buffer.alloc(11_000_000, "film")];
  const usage = { promptTokenCount: 5_000, candidatesTokenCount: 3, totalTokenCount: 5_003, promptTokensDetails: [{ modality: "VIDEO", tokenCount: 3_000 }] };
  google.next({ kind: "text", text: "A plan.", usage });
  const cost = await spent(async () => {
    const file = (type: string, bytes: Buffer) => ({
      type: "file" as const,
      file: { filename: "a", file_data: `data:${type};base64,${bytes.toString("base64")}` },
    });
    const told = await gateway.openai().chat.completions.create({
      model: "gemini-2.5-flash",
      messages: [{ role: "user", content: [file("application/pdf", document), file("video/mp4", film), { type: "text", text: "What is this?" }] }],
    });
    expect(told.choices[0]?.message.content).toBe("A plan.");
  });
  expect(google.tally.calls.map(({ path, bodyBytes }) => [path, bodyBytes > 30_000_000])).toEqual([["/v1beta/models/gemini-2.5-flash:generateContent", true]]);
  const [content] = asked()["contents"] as { parts: { inlineData?: { mimeType: string; data: string } }[] }[];
  expect(content?.parts.slice(0, 2).map(({ inlineData }) => inlineData?.mimeType)).toEqual(["application/pdf", "video/mp4"]);
  for (const [at, bytes] of [document, film].entries()) expect(Buffer.from(content?.parts[at]?.inlineData?.data ?? "", "base64").equals(bytes)).toBe(true);
  // Parts without a price of their own cost what text does.
  expect(cost).toBe(5_000n * 1_000n + 3n * 10_000n);
});

describe("pictures", () => {
  const painted = {
    promptTokenCount: 12,
    candidatesTokenCount: 1_300,
    thoughtsTokenCount: 40,
    totalTokenCount: 1_352,
    candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
  };
  const sketch = { inlineData: { mimeType: "image/png", data: "c2tldGNo" }, thought: true };

  test("by a painting chat: one picture, without its sketches, charged by the tokens of each kind", async () => {
    google.next(answer([{ text: "Here you are." }, sketch, { inlineData: { mimeType: "image/png", data: base64 } }], painted));
    const cost = await spent(async () => {
      const made = await gateway.openai().images.generate({ model: "gemini-2.5-flash-image", prompt: "a signal box", size: "1536x1024", quality: "low" });
      expect(made.data).toEqual([{ b64_json: base64 }]);
      expect(made.usage).toMatchObject({ input_tokens: 12, output_tokens: 1_340, total_tokens: 1_352, output_tokens_details: { image_tokens: 1_290 } });
      expect(faultsOf("ImagesResponse", made)).toEqual([]);
    });
    expect(google.tally.calls[0]?.path).toBe("/v1beta/models/gemini-2.5-flash-image:generateContent");
    expect(asked()).toMatchObject({
      contents: [{ parts: [{ text: "a signal box" }] }],
      generationConfig: { responseModalities: ["TEXT", "IMAGE"], imageConfig: { aspectRatio: "3:2" } },
    });
    expect(cost).toBe(12n * 1_000n + 50n * 5_000n + 1_290n * 30_000n);
  });

  test("are changed by it: the pictures go before the words, however many, and are charged as seen", async () => {
    const seen = { ...painted, promptTokenCount: 530, promptTokensDetails: [{ modality: "IMAGE", tokenCount: 516 }], totalTokenCount: 1_870 };
    google.next(answer([{ inlineData: { mimeType: "image/png", data: base64 } }], seen));
    const cost = await spent(async () => {
      const image = [await toFile(PNG, "a.png"), await toFile(PNG, "b.png")];
      const made = await gateway.openai().images.edit({ model: "gemini-2.5-flash-image", image, prompt: "at night" });
      expect(made.data).toEqual([{ b64_json: base64 }]);
    });
    const picture = { inlineData: { mimeType: "image/png", data: base64 } };
    expect(asked()["contents"]).toEqual([{ role: "user", parts: [picture, picture, { text: "at night" }] }]);
    expect(cost).toBe(14n * 1_000n + 516n * 2_000n + 50n * 5_000n + 1_290n * 30_000n);
  });

  test("by Imagen: several, charged by the piece; those that were filtered are not", async () => {
    const predictions = [
      { mimeType: "image/jpeg", bytesBase64Encoded: base64 },
      { raiFilteredReason: "no" },
      { mimeType: "image/jpeg", bytesBase64Encoded: base64 },
    ];
    google.next({ kind: "body", body: { predictions } });
    const cost = await spent(async () => {
      const made = await gateway.openai().images.generate({ model: "imagen-4.0-generate-001", prompt: "x", n: 3, size: "1792x1024", output_format: "jpeg" });
      expect(made).toMatchObject({ data: [{ b64_json: base64 }, { b64_json: base64 }], output_format: "jpeg" });
    });
    expect(google.tally.calls[0]?.path).toBe("/v1beta/models/imagen-4.0-generate-001:predict");
    expect(asked()).toEqual({
      instances: [{ prompt: "x" }],
      parameters: { sampleCount: 3, aspectRatio: "16:9", sampleImageSize: "2K", outputOptions: { mimeType: "image/jpeg" } },
    });
    expect(cost).toBe(80_000_000n);
  });

  test("as a stream come as the completed event", async () => {
    google.next(answer([{ inlineData: { mimeType: "image/png", data: base64 } }], painted));
    const types: string[] = [];
    for await (const event of await gateway.openai().images.generate({ model: "gemini-2.5-flash-image", prompt: "x", stream: true })) {
      types.push(event.type);
      expect(faultsOf("ImageGenStreamEvent", event)).toEqual([]);
    }
    expect(types).toEqual(["image_generation.completed"]);
  });

  test.each([
    ["gemini-2.5-flash-image", { n: 2 }, "n"],
    ["gemini-2.5-flash-image", { size: "1000x300" }, "size"],
    ["gemini-2.5-flash-image", { size: "2048x2048" }, "size"],
    ["gemini-2.5-flash-image", { background: "transparent" }, "background"],
    ["gemini-2.5-flash-image", { output_format: "webp" }, "output_format"],
    ["gemini-2.5-flash-image", { response_format: "url" }, "response_format"],
    ["imagen-4.0-generate-001", { n: 5 }, "n"],
  ])("%s refuses %j with 501 naming %s, and nothing is charged", async (model, extra, param) => {
    const cost = await spent(async () =>
      expect(await errorOf(await gateway.post("/v1/images/generations", { model, prompt: "x", ...extra }))).toEqual([501, param]),
    );
    expect([cost, google.tally.requests]).toEqual([0n, 0]);
  });

  test("that this model cannot make are for the next target; a larger one only from the third generation on", async () => {
    const made = await gateway.openai().images.generate({ model: "painters", prompt: "x", n: 2 });
    expect([made.data?.length, google.tally.requests, gateway.main.tally.requests]).toEqual([2, 0, 1]);
    google.next(answer([{ inlineData: { mimeType: "image/png", data: base64 } }], painted));
    await gateway.openai().images.generate({ model: "gemini-3-pro-image", prompt: "x", size: "2048x2048" });
    expect(asked()["generationConfig"]).toMatchObject({ imageConfig: { aspectRatio: "1:1", imageSize: "2K" } });
  });

  test("that were refused are the caller's to know; words in their place are a failure of the target", async () => {
    google.next(answer([], painted, "IMAGE_SAFETY"));
    expect((await gateway.post("/v1/images/generations", { model: "painters", prompt: "x" })).status).toBe(400);
    google.next(answer([{ text: "I would rather not." }], painted));
    const made = await gateway.post("/v1/images/generations", { model: "painters", prompt: "x" });
    expect([made.status, made.headers.get("x-switchyard-provider")]).toEqual([200, "main"]);
    await made.text();
    await gateway.settled();
  });
});

describe("speech", () => {
  const samples = Buffer.from(Uint8Array.from({ length: 9_600 }, (_, at) => (at * 7) % 251));
  const heard = { promptTokenCount: 9, candidatesTokenCount: 50, totalTokenCount: 59, candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 50 }] };
  const piece = (from: number, to: number, more: object = {}): string =>
    JSON.stringify({
      candidates: [
        { content: { parts: [{ inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: samples.subarray(from, to).toString("base64") } }] }, ...more },
      ],
      usageMetadata: heard,
    });
  const lines = [piece(0, 4_801), piece(4_801, 9_600, { finishReason: "STOP" })];
  const speech = { kind: "recording", lines } as const;
  const say = (extra: object): Promise<Response> =>
    gateway.post("/v1/audio/speech", { model: "gemini-2.5-flash-preview-tts", voice: "Kore", input: "All clear.", ...extra });

  test("streams as bare samples, charged by the tokens reported", async () => {
    google.next(speech);
    const cost = await spent(async () => {
      const sound = await say({ response_format: "pcm", instructions: "Say calmly" });
      expect([sound.status, sound.headers.get("content-type")]).toEqual([200, "audio/pcm"]);
      expect(Buffer.from(await sound.arrayBuffer()).equals(samples)).toBe(true);
    });
    expect(google.tally.calls[0]?.path).toBe("/v1beta/models/gemini-2.5-flash-preview-tts:streamGenerateContent");
    expect(asked()).toMatchObject({
      contents: [{ parts: [{ text: "Say calmly:\nAll clear." }] }],
      generationConfig: { responseModalities: ["AUDIO"], speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Kore" } } } },
    });
    expect(cost).toBe(9n * 1_000n + 50n * 10_000n);
  });

  test("or as a WAV file, or as events; newer voices are told beside the words how to say them", async () => {
    google.next(speech);
    const wav = await gateway.openai().audio.speech.create({ model: "gemini-2.5-flash-preview-tts", voice: "Puck", input: "x", response_format: "wav" });
    const bytes = Buffer.from(await wav.arrayBuffer());
    expect([bytes.toString("latin1", 0, 4), bytes.toString("latin1", 8, 16), bytes.readUInt32LE(24), bytes.length]).toEqual([
      "RIFF",
      "WAVEfmt ",
      24_000,
      44 + samples.length,
    ]);
    expect(bytes.subarray(44).equals(samples)).toBe(true);
    google.next(speech);
    const cost = await spent(async () => {
      const text = await (await say({ model: "gemini-3.8-flash-tts", response_format: "pcm", stream_format: "sse", instructions: "calmly" })).text();
      const events = text
        .split("\n\n")
        .flatMap((frame) => (frame.startsWith("data: ") ? [JSON.parse(frame.slice(6)) as { type: string; audio?: string }] : []));
      for (const event of events) expect(faultsOf("CreateSpeechResponseStreamEvent", event)).toEqual([]);
      expect(Buffer.concat(events.map(({ audio = "" }) => Buffer.from(audio, "base64"))).equals(samples)).toBe(true);
      expect(events.at(-1)).toEqual({ type: "speech.audio.done", usage: { input_tokens: 9, output_tokens: 50, total_tokens: 59 } });
    });
    expect(asked()["contents"]).toEqual([{ role: "user", parts: [{ text: "All clear.", speechMetadata: { style: "calmly" } }] }]);
    expect(cost).toBe(9n * 1_000n + 50n * 20_000n);
  });

  test("that comes whole, and in a file of its own, is given all the same", async () => {
    const file = wavOf(44 + 3_200);
    google.next(answer([{ inlineData: { mimeType: "audio/wav", data: file.toString("base64") } }], heard));
    expect(Buffer.from(await (await say({ response_format: "pcm" })).arrayBuffer()).equals(file.subarray(44))).toBe(true);
  });

  test.each([
    [{}, "response_format"],
    [{ response_format: "opus" }, "response_format"],
    [{ response_format: "wav", speed: 2 }, "speed"],
    [{ response_format: "wav", voice: "alloy" }, "voice"],
  ])("refuses %j with 501 naming %s, unless another target can", async (extra, param) => {
    expect(await errorOf(await say(extra))).toEqual([501, param]);
    const other = await say({ ...extra, model: "speakers" });
    expect([other.status, other.headers.get("x-switchyard-provider"), google.tally.requests]).toEqual([200, "main", 0]);
    await other.arrayBuffer();
  });

  test("breaks visibly when it is cut, and goes on to the next voice while nothing was said", async () => {
    google.next({ kind: "recording", lines: [piece(0, 4_801), piece(4_801, 9_600, { finishReason: "MAX_TOKENS" })] });
    await expect((async () => (await say({ response_format: "pcm" })).arrayBuffer())()).rejects.toThrow(/terminated/);
    google.next({ kind: "recording", lines: [JSON.stringify({ candidates: [{ finishReason: "OTHER" }], usageMetadata: heard })] });
    expect((await say({ model: "speakers", response_format: "wav" })).headers.get("x-switchyard-provider")).toBe("main");
    await gateway.settled();
  });
});

describe("transcription", () => {
  const heard = { promptTokenCount: 94, candidatesTokenCount: 7, totalTokenCount: 101, promptTokensDetails: [{ modality: "AUDIO", tokenCount: 64 }] };
  const sound = wavOfSeconds(2);
  const send = (path: string, fields: Record<string, string>): Promise<Response> => {
    const form = new FormData();
    form.set("file", new Blob([sound]), "a.wav");
    form.set("model", "gemini-2.5-flash");
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    return fetch(`${gateway.url}${path}`, { method: "POST", headers: { authorization: `Bearer ${KEYS.acme}` }, body: form });
  };

  test("writes down the words, charged by the tokens of each kind", async () => {
    google.next({ kind: "text", text: "The signal box.", usage: heard });
    const cost = await spent(async () => {
      const told = await gateway
        .openai()
        .audio.transcriptions.create({ model: "gemini-2.5-flash", file: await toFile(sound, "a.wav"), language: "de", prompt: "Weiche 7" });
      expect(told.text).toBe("The signal box.");
      expect(faultsOf("CreateTranscriptionResponseJson", told)).toEqual([]);
    });
    const [content] = asked()["contents"] as { parts: { inlineData?: { mimeType: string; data: string }; text?: string }[] }[];
    expect(content?.parts[0]?.inlineData).toEqual({ mimeType: "audio/wav", data: sound.toString("base64") });
    expect(content?.parts[1]?.text).toMatch(/language is de\b[\s\S]*Weiche 7$/);
    expect(asked()["generationConfig"]).toMatchObject({ thinkingConfig: { thinkingBudget: 0 } });
    expect(cost).toBe(30n * 1_000n + 64n * 3_000n + 7n * 10_000n);
  });

  test("as text, as a stream, and translated into English", async () => {
    google.next({ kind: "text", text: "The signal box.", usage: heard });
    const text = await send("/v1/audio/transcriptions", { response_format: "text" });
    expect([text.headers.get("content-type"), await text.text()]).toEqual(["text/plain; charset=utf-8", "The signal box.\n"]);
    google.next({ kind: "text", text: "The signal box.", usage: heard });
    const stream = await gateway.openai().audio.transcriptions.create({ model: "gemini-2.5-flash", file: await toFile(sound, "a.wav"), stream: true });
    const events: { type: string; delta?: string; text?: string }[] = [];
    for await (const event of stream) {
      events.push(event);
      expect(faultsOf("CreateTranscriptionResponseStreamEvent", event)).toEqual([]);
    }
    expect(events.map(({ delta = "" }) => delta).join("")).toBe("The signal box.");
    expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", text: "The signal box.", usage: { input_tokens: 94, output_tokens: 7 } });
    google.next({ kind: "text", text: "The signal box.", usage: heard });
    expect(await (await send("/v1/audio/translations", {})).json()).toMatchObject({ text: "The signal box." });
    expect(JSON.stringify(asked())).toContain("translated into English");
    await gateway.settled();
  });

  test.each([
    [{ response_format: "verbose_json" }, "response_format"],
    [{ response_format: "srt" }, "response_format"],
    [{ response_format: "vtt" }, "response_format"],
    [{ "timestamp_granularities[]": "word" }, "timestamp_granularities[]"],
  ])("%j is refused with 501 naming %s, and nothing is sent", async (fields, param) => {
    expect(await errorOf(await send("/v1/audio/transcriptions", fields))).toEqual([501, param]);
    expect(google.tally.requests).toBe(0);
  });

  test("what is cut is no transcript", async () => {
    google.next({ kind: "text", text: "The signal", finishReason: "MAX_TOKENS", usage: heard });
    const cost = await spent(async () => expect((await send("/v1/audio/transcriptions", {})).status).toBeGreaterThanOrEqual(500));
    expect(cost).toBe(0n);
  });

  test("sound that is too large for a request goes ahead by the File API", async () => {
    google.next({ kind: "body", body: {}, headers: { "x-goog-upload-url": `${google.url}/upload/v1beta/files?upload_id=1` } });
    google.when((call) => call.path.startsWith("/upload/") && call.headers["x-goog-upload-command"] === "upload, finalize", {
      kind: "body",
      body: { file: { name: "files/s", uri: `${google.url}/v1beta/files/s`, state: "ACTIVE" } },
    });
    google.when((call) => call.path.endsWith(":generateContent"), { kind: "text", text: "Long.", usage: heard });
    const form = new FormData();
    form.set("file", new Blob([wavOf(71_000_000)]), "a.wav");
    form.set("model", "gemini-2.5-flash");
    const told = await fetch(`${gateway.url}/api/audio/transcriptions`, { method: "POST", headers: { authorization: `Bearer ${KEYS.acme}` }, body: form });
    expect(await told.json()).toMatchObject({ text: "Long." });
    expect(google.tally.calls.map(({ path, bodyBytes }) => [path.replace(/^.*:/, ":"), bodyBytes > 70_000_000])).toEqual([
      ["/upload/v1beta/files", false],
      ["/upload/v1beta/files", true],
      [":generateContent", false],
    ]);
    expect(JSON.stringify(asked())).toContain(`"fileUri":"${google.url}/v1beta/files/s"`);
    await gateway.settled();
  });
});
