/** Pictures and speech through the running server, by the official SDK. */
import { describe, expect, test } from "vitest";
import { PNG, speechBytes } from "@switchyard/testkit/fake-media";
import { mediaConfig } from "./media-config.ts";
import { faultsOf, readDescriptionFirst, spentBy, useGateway } from "./use-gateway.ts";

readDescriptionFirst();
const gateway = useGateway({}, mediaConfig);

const spent = (run: () => Promise<unknown>): Promise<bigint> => spentBy(gateway, run);

describe("pictures", () => {
  test("come as OpenAI describes them and are charged by the tokens reported", async () => {
    const cost = await spent(async () => {
      const answer = await gateway.openai().images.generate({ model: "gpt-image-1", prompt: "a signal box", n: 2, quality: "low", size: "1024x1024" });
      expect(answer.data?.map((one) => one.b64_json)).toEqual([PNG.toString("base64"), PNG.toString("base64")]);
      expect(faultsOf("ImagesResponse", answer)).toEqual([]);
      expect((answer.usage as unknown as { cost: string }).cost).toBe("0.02182");
    });
    expect(cost).toBe(12n * 5_000n + 544n * 40_000n);
  });

  test("are charged by the piece where a model counts nothing, by the number asked for", async () => {
    const cost = await spent(async () => {
      const { data, response } = await gateway.openai().images.generate({ model: "dall-e-2", prompt: "x", n: 3, response_format: "url" }).withResponse();
      expect(data.data?.[0]?.url).toBe("https://images.fake/1.png");
      expect(response.headers.get("x-switchyard-cost")).toBe("0.06");
    });
    expect(cost).toBe(60_000_000n);
  });

  test("stream as they grow, frame by frame as OpenAI describes them", async () => {
    const cost = await spent(async () => {
      const stream = await gateway.openai().images.generate({ model: "gpt-image-1", prompt: "x", stream: true, partial_images: 2 });
      const types: string[] = [];
      for await (const event of stream) {
        types.push(event.type);
        expect(faultsOf("ImageGenStreamEvent", event)).toEqual([]);
      }
      expect(types).toEqual(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"]);
    });
    expect(cost).toBe(12n * 5_000n + 272n * 40_000n);
  });

  test("a model that cannot stream sends its whole answer as the completed event", async () => {
    const types: string[] = [];
    gateway.main.next({ kind: "body", body: { created: 1, data: [{ b64_json: "QQ==" }] } });
    for await (const event of await gateway.openai().images.generate({ model: "dall-e-2", prompt: "x", stream: true })) types.push(event.type);
    expect(types).toEqual(["image_generation.completed"]);
  });

  test("a stream that breaks ends with an error the SDK throws, and is charged for what was shown", async () => {
    gateway.main.next({
      kind: "body",
      contentType: "text/event-stream",
      body: `event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"QQ=="}\n\n`,
    });
    const cost = await spent(async () => {
      const read = async () => {
        for await (const _ of await gateway.openai().images.generate({ model: "gpt-image-1", prompt: "x", stream: true, partial_images: 1 })) continue;
      };
      await expect(read()).rejects.toThrow(/broke off/);
    });
    expect(cost).toBeGreaterThan(1_056n * 40_000n - 1n);
  });

  test("the hold is the dearest picture, so a poor wallet is refused before the provider hears of it", async () => {
    const refused = await fetch(`${gateway.url}/v1/images/generations`, {
      method: "POST",
      headers: { authorization: "Bearer sy-poor-key-for-tests-0002", "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-image-1", prompt: "x", n: 1 }),
    });
    expect(refused.status).toBe(402);
    expect(gateway.main.tally.requests).toBe(0);
  });
});

describe("speech", () => {
  const words = "All signals are clear on the main line.";

  test("streams the provider's bytes unchanged and charges characters", async () => {
    const cost = await spent(async () => {
      const answer = await gateway.openai().audio.speech.create({ model: "tts-1", voice: "alloy", input: words });
      expect(answer.headers.get("content-type")).toBe("audio/mpeg");
      expect(Buffer.from(await answer.arrayBuffer()).equals(speechBytes(words))).toBe(true);
    });
    expect(cost).toBe(BigInt(words.length) * 15_000n);
  });

  test("a model that counts tokens is asked for events; the caller gets plain sound and the exact price", async () => {
    const cost = await spent(async () => {
      const answer = await gateway.openai().audio.speech.create({ model: "gpt-4o-mini-tts", voice: "alloy", input: words, response_format: "wav" });
      expect(answer.headers.get("content-type")).toBe("audio/wav");
      expect(Buffer.from(await answer.arrayBuffer()).equals(speechBytes(words))).toBe(true);
    });
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ stream_format: "sse", response_format: "wav" });
    expect(cost).toBe(8n * 1_000n + BigInt(words.length * 4) * 12_000n);
  });

  test("events are events where they were asked for", async () => {
    const answer = await gateway.post("/v1/audio/speech", { model: "gpt-4o-mini-tts", voice: "alloy", input: "hi", stream_format: "sse" });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const events = (await answer.text())
      .split("\n\n")
      .filter((frame) => frame.startsWith("data: "))
      .map((frame) => JSON.parse(frame.slice(6)) as { type: string; audio?: string });
    expect(events.at(-1)?.type).toBe("speech.audio.done");
    expect(Buffer.concat(events.flatMap((event) => (event.audio === undefined ? [] : [Buffer.from(event.audio, "base64")]))).equals(speechBytes("hi"))).toBe(
      true,
    );
    for (const event of events) expect(faultsOf("CreateSpeechResponseStreamEvent", event)).toEqual([]);
  });

  test("goes on to the next voice while nothing was said, and breaks visibly once something was", async () => {
    gateway.main.next({ kind: "status", status: 500 });
    const answer = await gateway.openai().audio.speech.create({ model: "voices", voice: "alloy", input: "hi" });
    expect(answer.headers.get("x-switchyard-provider")).toBe("spare");
    expect((await answer.arrayBuffer()).byteLength).toBe(2_000);
    gateway.main.next({ kind: "body", body: speechBytes("hello"), contentType: "audio/mpeg", fault: { kind: "reset", at: 2 } });
    const cost = await spent(async () => {
      const broken = await gateway.openai().audio.speech.create({ model: "tts-1", voice: "alloy", input: "hello" });
      await expect(broken.arrayBuffer()).rejects.toThrow(/terminated|closed|aborted|socket/i);
    });
    expect(cost).toBe(5n * 15_000n);
  });

  test("a client that reads slowly slows the provider, one that leaves ends it at once", async () => {
    const leave = new AbortController();
    gateway.main.next({ kind: "flood", bytes: 64 * 1024 * 1024, shape: "line" });
    const answer = await fetch(`${gateway.url}/v1/audio/speech`, {
      method: "POST",
      headers: { authorization: "Bearer sy-acme-key-for-tests-0001", "content-type": "application/json" },
      body: JSON.stringify({ model: "tts-1", voice: "alloy", input: "hi" }),
      signal: leave.signal,
    });
    await answer.body?.getReader().read();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [call] = gateway.main.tally.calls;
    expect(call?.bytesWritten).toBeLessThan(48 * 1024 * 1024);
    leave.abort();
    const left = Date.now();
    await gateway.main.until((tally) => tally.aborted === 1);
    expect(Date.now() - left).toBeLessThan(5_000);
    await gateway.settled();
  });

  test("no sound at all is a failure", async () => {
    gateway.main.next({ kind: "body", body: Buffer.alloc(0), contentType: "audio/mpeg" });
    const answer = await gateway.post("/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "hi" });
    expect(answer.status).toBe(502);
    gateway.main.next({ kind: "body", body: { error: { message: "Overloaded", type: "overloaded_error" } } });
    expect((await gateway.post("/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "hi" })).status).toBe(503);
  });

  test.each([
    ["/v1/images/generations", { model: "gpt-image-1" }, "prompt"],
    ["/v1/images/generations", { model: "gpt-image-1", prompt: "x", n: 11 }, "n"],
    ["/v1/images/generations", { model: "gpt-image-1", prompt: "x", partial_images: 4 }, "partial_images"],
    ["/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "" }, "input"],
    ["/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "x".repeat(4_097) }, "input"],
    ["/v1/audio/speech", { model: "tts-1", input: "x" }, "voice"],
    ["/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "x", speed: 5 }, "speed"],
    ["/v1/audio/speech", { model: "tts-1", voice: "alloy", input: "x", response_format: "ogg" }, "response_format"],
  ])("%s case %# is refused naming the field", async (path, body, param) => {
    const answer = await gateway.post(path, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param } });
  });

  test.each([
    ["/v1/images/generations", { model: "only-claude", prompt: "x" }],
    ["/v1/audio/speech", { model: "only-claude", voice: "alloy", input: "x" }],
  ])("%s is 501 for a model without a provider that can", async (path, body) => {
    const answer = await gateway.post(path, body);
    expect(answer.status).toBe(501);
    expect(await answer.json()).toMatchObject({ error: { code: "not_supported", param: "model" } });
    expect(gateway.claude.tally.requests).toBe(0);
  });
});
