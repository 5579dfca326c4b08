/** Transcription, translation and edits of pictures through the running server: forms with files, by the official SDK. */
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { toFile } from "openai";
import { describe, expect, test } from "vitest";
import { PNG, TRANSCRIPT } from "@switchyard/testkit/fake-media";
import { wavOfSeconds } from "@switchyard/testkit/sound";
import { mediaConfig } from "./media-config.ts";
import { faultsOf, readDescriptionFirst, spentBy, useGateway } from "./use-gateway.ts";

readDescriptionFirst();
const gateway = useGateway({}, mediaConfig);

const spent = (run: () => Promise<unknown>): Promise<bigint> => spentBy(gateway, run);
const hashOf = (bytes: Buffer | undefined): string =>
  createHash("sha256")
    .update(bytes ?? "")
    .digest("hex");
/** Nano-dollars for each millisecond at 0.36 dollars an hour. */
const PER_MS = 100n;
const two = wavOfSeconds(2);
const sound = () => toFile(two, "../../etc/passwd.wav");

describe("transcription", () => {
  test("the SDK's form reaches the provider whole, under our name, and is charged by the provider's seconds", async () => {
    const cost = await spent(async () => {
      const answer = await gateway.openai().audio.transcriptions.create({ model: "whisper-1", file: await sound(), language: "en", prompt: "Names" });
      expect(answer.text).toBe(TRANSCRIPT);
      expect(faultsOf("CreateTranscriptionResponseJson", answer)).toEqual([]);
    });
    const [call] = gateway.main.tally.calls;
    expect(call?.path).toBe("/v1/audio/transcriptions");
    expect(call?.files.map((file) => [file.field, file.filename, file.contentType])).toEqual([["file", "sound.wav", "audio/wav"]]);
    expect(hashOf(call?.files[0]?.bytes)).toBe(hashOf(two));
    expect(call?.body).toEqual({ model: "whisper-1", language: "en", prompt: "Names" });
    expect(cost).toBe(2_000n * PER_MS);
  });

  test.each([
    ["text", "text/plain", `${TRANSCRIPT}\n`],
    ["srt", "text/plain", `1\n00:00:00,000 --> 00:00:02,000\n${TRANSCRIPT}\n\n`],
    ["vtt", "text/vtt", `WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n${TRANSCRIPT}\n\n`],
  ] as const)("%s comes as it is, and is charged by the length that we measured", async (format, type, text) => {
    const cost = await spent(async () => {
      const form = new FormData();
      form.set("file", new Blob([wavOfSeconds(3)]), "a.wav");
      form.set("response_format", format);
      form.set("model", "whisper-1");
      const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
        method: "POST",
        headers: { authorization: "Bearer sy-acme-key-for-tests-0001" },
        body: form,
      });
      expect(answer.headers.get("content-type")).toContain(type);
      expect(await answer.text()).toBe(text);
      expect(answer.headers.get("x-switchyard-cost")).toBe("0.0003");
    });
    expect(cost).toBe(3_000n * PER_MS);
  });

  test("verbose JSON is as OpenAI describes it", async () => {
    const answer = await gateway.openai().audio.transcriptions.create({ model: "whisper-1", file: await sound(), response_format: "verbose_json" });
    expect(answer.segments?.[0]?.text).toBe(TRANSCRIPT);
    expect(faultsOf("CreateTranscriptionResponseVerboseJson", answer)).toEqual([]);
  });

  test("streams as it is heard, and tokens of sound have their own price", async () => {
    const cost = await spent(async () => {
      const stream = await gateway.openai().audio.transcriptions.create({ model: "gpt-4o-transcribe", file: await sound(), stream: true });
      let text = "";
      let done: string | undefined;
      for await (const event of stream) {
        expect(faultsOf("CreateTranscriptionResponseStreamEvent", event)).toEqual([]);
        if (event.type === "transcript.text.delta") text += event.delta;
        else if (event.type === "transcript.text.done") done = event.text;
      }
      expect([text, done]).toEqual([TRANSCRIPT, TRANSCRIPT]);
    });
    expect(cost).toBe(4n * 2_000n + 20n * 6_000n + 7n * 10_000n);
  });

  test("a model that cannot stream sends its whole transcript as events", async () => {
    const types: string[] = [];
    for await (const event of await gateway.openai().audio.transcriptions.create({ model: "whisper-1", file: await sound(), stream: true }))
      if (faultsOf("CreateTranscriptionResponseStreamEvent", event).length === 0) types.push(event.type);
    expect(types).toEqual(["transcript.text.delta", "transcript.text.done"]);
  });

  test("a stream that breaks tells the SDK, and what was heard is charged", async () => {
    const half = `data: ${JSON.stringify({ type: "transcript.text.delta", delta: "The signal" })}\n\n`;
    gateway.main.next({ kind: "body", contentType: "text/event-stream", body: half });
    const read = async () => {
      for await (const _ of await gateway.openai().audio.transcriptions.create({ model: "gpt-4o-transcribe", file: await sound(), stream: true })) continue;
    };
    const cost = await spent(() => expect(read()).rejects.toThrow(/broke off/));
    expect(cost).toBeGreaterThan(0n);
  });

  test("the same upload goes to the next target when one fails", async () => {
    gateway.main.next({ kind: "status", status: 503 });
    const cost = await spent(async () => {
      const { response } = await gateway
        .openai()
        .audio.transcriptions.create({ model: "ears", file: await sound() })
        .withResponse();
      expect(response.headers.get("x-switchyard-provider")).toBe("spare");
      expect(response.headers.get("x-switchyard-attempts")).toBe("2");
    });
    const sent = [gateway.main, gateway.spare].map((fake) => hashOf(fake.tally.calls[0]?.files[0]?.bytes));
    expect(sent).toEqual([hashOf(two), hashOf(two)]);
    expect(gateway.spare.tally.calls[0]?.body).toMatchObject({ model: "whisper-large" });
    expect(cost).toBe(2_000n * 2n * PER_MS);
  });

  test("first-party clients have a door of their own for longer sound", async () => {
    const form = new FormData();
    form.set("file", new Blob([wavOfSeconds(900)]), "meeting.wav"); // 28.8 MB
    form.set("model", "whisper-1");
    form.set("durationMs", "900000");
    const post = (path: string) =>
      fetch(`${gateway.url}${path}`, { method: "POST", headers: { authorization: "Bearer sy-acme-key-for-tests-0001" }, body: form });
    const own = await post("/api/audio/transcriptions");
    expect(own.status).toBe(200);
    expect(gateway.main.tally.calls[0]?.body).toEqual({ model: "whisper-1" });
    const open = await post("/v1/audio/transcriptions");
    expect(open.status).toBe(413);
  });

  test("translation has its own path", async () => {
    const answer = await gateway.openai().audio.translations.create({ model: "whisper-1", file: await sound() });
    expect(faultsOf("CreateTranslationResponseJson", answer)).toEqual([]);
    const verbose = await gateway.openai().audio.translations.create({ model: "whisper-1", file: await sound(), response_format: "verbose_json" });
    expect(faultsOf("CreateTranslationResponseVerboseJson", verbose)).toEqual([]);
    expect(answer.text).toBe(TRANSCRIPT);
    expect(gateway.main.tally.calls[0]?.path).toBe("/v1/audio/translations");
  });

  test("the hold covers the whole length, so a poor wallet is refused before the provider hears of it", async () => {
    const form = new FormData();
    form.set("file", new Blob([wavOfSeconds(700)]), "a.wav");
    form.set("model", "whisper-large");
    const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: "Bearer sy-poor-key-for-tests-0002" },
      body: form,
    });
    expect(answer.status).toBe(402);
    expect(gateway.spare.tally.requests).toBe(0);
  });
});

describe("edits of pictures", () => {
  test("several pictures and a mask reach the provider under our names, and what was read is charged", async () => {
    const other = Buffer.concat([PNG, Buffer.from("other")]);
    const cost = await spent(async () => {
      const image = [await toFile(PNG, "a b.png"), await toFile(other, "c.png")];
      const answer = await gateway.openai().images.edit({ model: "gpt-image-1", prompt: "more signals", image, mask: await toFile(PNG, "m.png"), n: 2 });
      expect(answer.data).toHaveLength(2);
      expect(faultsOf("ImagesResponse", answer)).toEqual([]);
    });
    const [call] = gateway.main.tally.calls;
    expect(call?.files.filter((file) => file.field === "image[]").map((file) => hashOf(file.bytes))).toEqual([hashOf(PNG), hashOf(other)]);
    expect(call?.files.map((file) => [file.filename, file.contentType])).toEqual(Array.from({ length: 3 }, () => ["picture.png", "image/png"]));
    expect(call?.body).toMatchObject({ model: "gpt-image-1", prompt: "more signals", n: "2" });
    expect(cost).toBe(12n * 5_000n + 300n * 10_000n + 544n * 40_000n);
  });

  test("stream as they grow", async () => {
    const types: string[] = [];
    const stream = await gateway
      .openai()
      .images.edit({ model: "gpt-image-1", prompt: "x", image: await toFile(PNG, "a.png"), stream: true, partial_images: 1 });
    for await (const event of stream) {
      types.push(event.type);
      expect(faultsOf("ImageEditStreamEvent", event)).toEqual([]);
    }
    expect(types).toEqual(["image_edit.partial_image", "image_edit.completed"]);
  });
});

test("no upload is left on disk, and none carries a name while it is there", async () => {
  const folder = join(gateway.dataDir, "spool");
  expect(await readdir(folder)).toEqual([]);
  gateway.main.next({ kind: "body", body: { text: "x" }, frameDelayMs: 100 });
  const answering = gateway.openai().audio.transcriptions.create({ model: "whisper-1", file: await sound() });
  await gateway.main.until((tally) => tally.requests === 1);
  expect(await readdir(folder)).toEqual([]);
  await answering;
});

test("a repeated upload under one Idempotency-Key is carried out once and told again; another file under it is refused", async () => {
  const headers = { authorization: "Bearer sy-acme-key-for-tests-0001", "idempotency-key": "hear-1" };
  const hear = async (sound: Buffer) => {
    const form = new FormData();
    form.set("file", new Blob([sound]), "a.wav");
    form.set("model", "whisper-1");
    form.set("response_format", "srt");
    const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, { method: "POST", headers, body: form });
    return [answer.status, answer.headers.get("content-type"), await answer.text()];
  };
  const heard = await hear(two);
  expect(heard[0]).toBe(200);
  expect(await hear(two)).toEqual(heard);
  expect((await hear(wavOfSeconds(3)))[0]).toBe(422);
  expect(gateway.main.tally.requests).toBe(1);
});
