import { describe, expect, test } from "vitest";
import { collected, hasCollection, linesOf, recorded } from "../testing/recordings.fs.ts";
import { readBySdk } from "../testing/official-client.ts";
import { ask, choicesOf, framesOf, readAll, splitsOf, storyOf, type StreamStory } from "../testing/stream-story.ts";
import { fieldsOf, listOf, type Fields } from "../openai-dialect/fields.ts";
import { googleReader } from "./stream.ts";

const sse = (lines: readonly string[], lineEnd = "\n", more = ""): Buffer =>
  Buffer.from(lines.map((line) => `${more}data: ${line}${lineEnd}${lineEnd}`).join(""));
const events = (...list: readonly object[]): Buffer => sse(list.map((event) => JSON.stringify(event)));
const read = (bytes: Buffer, request: Record<string, unknown> = {}): StreamStory => readAll(googleReader(ask(request)), [bytes]);
const says = (...parts: readonly object[]) => ({ candidates: [{ content: { role: "model", parts }, index: 0 }] });
const ends = (finishReason: string, ...parts: readonly object[]) => ({ candidates: [{ content: { role: "model", parts }, finishReason, index: 0 }] });

/** Usage is told once a packet: how often depends on the split, what is told last does not. */
const split = (pieces: readonly Buffer[]): StreamStory => apart(readAll(googleReader(ask()), pieces));
const apart = (story: StreamStory): StreamStory => ({ ...story, order: story.order.replaceAll("usage ", "").replaceAll(/(?:content )+/g, "content ") });

/** What a recording says, put together from its events without our reader. */
function heardIn(lines: readonly string[]) {
  const heard = { text: "", reasoning: "", names: [] as string[], signatures: 0 };
  for (const line of lines) {
    for (const value of listOf((JSON.parse(line) as Fields)["candidates"])) {
      for (const part of listOf(fieldsOf(fieldsOf(value)?.["content"])?.["parts"]).map((one) => fieldsOf(one) ?? {})) {
        if (typeof part["text"] === "string") heard[part["thought"] === true ? "reasoning" : "text"] += part["text"];
        if (typeof part["thoughtSignature"] === "string") heard.signatures += 1;
        const name = fieldsOf(part["functionCall"])?.["name"];
        if (typeof name === "string") heard.names.push(name);
      }
    }
  }
  return heard;
}
const detailsOf = (story: StreamStory): readonly Fields[] =>
  framesOf(story).flatMap((frame) =>
    listOf(frame["choices"]).flatMap((choice) => listOf(fieldsOf(fieldsOf(choice)?.["delta"])?.["reasoning_details"]).map((one) => fieldsOf(one) ?? {})),
  );

function expectHeard(story: StreamStory, lines: readonly string[]): void {
  const choice = choicesOf(framesOf(story))[0];
  const heard = heardIn(lines);
  expect(choice).toMatchObject({ text: heard.text, reasoning: heard.reasoning, roles: ["assistant"] });
  expect(choice?.tools.map((tool) => tool?.name)).toEqual(heard.names);
  for (const tool of choice?.tools ?? []) expect(fieldsOf(JSON.parse(tool?.arguments ?? ""))).toBeDefined();
  expect(choice?.finish).toEqual([heard.names.length > 0 ? "tool_calls" : "stop"]);
  expect(detailsOf(story).filter((detail) => detail["type"] === "reasoning.encrypted")).toHaveLength(heard.signatures);
  expect(story.end).toBe("done");
}

describe("our own recordings, cut everywhere", () => {
  test.each(["text", "tools"])("%s gives the same answer however its bytes are split", (name) => {
    const lines = linesOf(recorded(`google/fixtures/${name}.chunks.txt`));
    const story = read(sse(lines));
    for (const bytes of [sse(lines, "\r\n"), sse(lines, "\r"), sse(lines, "\n", ": ping\n\n"), sse(lines).subarray(0, -2)]) {
      for (const pieces of splitsOf(bytes, 3)) expect(split(pieces)).toEqual(apart(story));
    }
    expectHeard(story, lines);
  });

  test("usage is the last report, thoughts and cached tokens apart", () => {
    const story = read(sse(linesOf(recorded("google/fixtures/text.chunks.txt"))));
    expect(story.usage).toEqual({ input: 8, cachedInput: 4, cacheWrite: 0, output: 10, reasoning: 9 });
    expect(choicesOf(framesOf(story))[0]?.reasoning).toBe("Let me count the sleepers.");
    expect(detailsOf(story)).toEqual([
      { type: "reasoning.text", text: "Let me count the sleepers.", format: "google-gemini-v1", index: 0 },
      { type: "reasoning.encrypted", data: "c2lnbmFsLWJveA==", format: "google-gemini-v1", index: 1 },
    ]);
  });

  test("parallel calls get indexes and ids, and streamed arguments come as one text", async () => {
    const story = read(sse(linesOf(recorded("google/fixtures/tools.chunks.txt"))));
    expect(choicesOf(framesOf(story))[0]?.tools).toEqual([
      { id: "call_gen_test_0_0", type: "function", name: "weather", arguments: '{"city":"Zürich"}' },
      { id: "fc-2", type: "function", name: "now", arguments: "{}" },
      { id: "call_gen_test_0_2", type: "function", name: "plan", arguments: '{"stops":[{"name":"Bahnhof"},null],"fast":true,"odd name":2.5}' },
    ]);
    expect(detailsOf(story)).toEqual([{ type: "reasoning.encrypted", data: "Zmlyc3Q=", id: "call_gen_test_0_0", format: "google-gemini-v1", index: 0 }]);
    expect(story.usage).toEqual({ input: 49, cachedInput: 0, cacheWrite: 0, output: 31, reasoning: 0 });
    expect((await readBySdk(story)).choices[0]?.message.tool_calls).toHaveLength(3);
  });
});

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "google-text",
    "google-reasoning",
    "google-reasoning-gemini3",
    "google-tool-call",
    "google-stream-no-args-tool-call",
    "google-stream-tool-call-arguments",
    "google-vertex-stream-tool-call-arguments-nested.1",
  ])("%s survives splits and says the same", (name) => {
    const lines = linesOf(collected(`google/${name}.chunks.txt`));
    const story = read(sse(lines));
    for (const pieces of [...splitsOf(sse(lines), 17), ...splitsOf(sse(lines, "\r\n"), 19).slice(0, 60)]) expect(split(pieces)).toEqual(apart(story));
    expectHeard(story, lines);
    const told = fieldsOf((JSON.parse(lines.at(-1) ?? "") as Fields)["usageMetadata"]);
    const usage = story.usage;
    expect(usage).toMatchObject({ output: told?.["candidatesTokenCount"], reasoning: told?.["thoughtsTokenCount"] });
    expect(Object.values(usage ?? {}).reduce((sum: number, count) => sum + Number(count), 0)).toBe(told?.["totalTokenCount"]);
  });

  test("nested streamed arguments are put together", () => {
    const story = read(sse(linesOf(collected("google/google-vertex-stream-tool-call-arguments-nested.1.chunks.txt"))));
    const args = JSON.parse(choicesOf(framesOf(story))[0]?.tools[0]?.arguments ?? "") as { recipe: { name: string; ingredients: object[]; steps: string[] } };
    expect(args.recipe.name).toBe("Lasagna");
    expect(args.recipe.ingredients).toHaveLength(10);
    expect(args.recipe.ingredients[6]).toEqual({ amount: "1", name: "Egg" });
    expect(args.recipe.steps[4]).toBe("In a 9x13 baking dish, spread a thin layer of meat sauce.");
  });
});

describe("how streams end", () => {
  test.each<[string, Buffer]>([
    ["done", events(says({ text: "a" }), ends("STOP"))],
    ["done", events(ends("MAX_TOKENS"))],
    ["done", events(ends("SAFETY"))],
    ["incomplete", events(says({ text: "a" }))],
    ["incomplete", events(says({ text: "a" }), ends("STOP")).subarray(0, -30)],
    ["incomplete", Buffer.from('[{"candidates":[]}]')],
    ["empty", events(ends("STOP"))],
    ["empty", events(ends("STOP", { text: "", thoughtSignature: "s" }))],
    ["empty", Buffer.alloc(0)],
    ["unavailable", events(ends("MALFORMED_FUNCTION_CALL"))],
    ["unavailable", events(says({ text: "a" }), ends("UNEXPECTED_TOOL_CALL"))],
    ["refused_content", events({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 4 } })],
    ["overloaded", events(says({ text: "a" }), { error: { code: 503, status: "UNAVAILABLE", message: "The model is overloaded." } })],
    ["rate_limited", events({ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Resource has been exhausted (e.g. check quota)." } })],
    ["timeout", events({ error: { code: 504, status: "DEADLINE_EXCEEDED", message: "x" } })],
    ["protocol", Buffer.from("<html></html>")],
    ["protocol", Buffer.from("data: {oops\n\n")],
    ["protocol", Buffer.from(`data: {"x":${"[".repeat(9_000)}${"]".repeat(9_000)}}\n\n`)],
    ["protocol", events({ candidates: [{ index: 99, content: { parts: [{ text: "a" }] } }, { index: 98 }] })],
  ])("%s", (kind, bytes) => {
    const { end } = read(bytes);
    // A body that is no event stream at all has no frames in which anything could be missing.
    expect(typeof end === "string" ? end : end.kind).toBe(kind === "incomplete" && bytes.toString().startsWith("[") ? "protocol" : kind);
  });

  test.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["BLOCKLIST", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["SPII", "content_filter"],
    ["IMAGE_SAFETY", "content_filter"],
    ["OTHER", "stop"],
    ["A_NEW_REASON", "stop"],
  ])("%s is %s", (theirs, ours) => {
    expect(choicesOf(framesOf(read(events(says({ text: "a" }), ends(theirs)))))[0]).toMatchObject({ text: "a", finish: [ours] });
  });

  test("several candidates are several choices, each with its own calls and end", () => {
    const two = events(
      { candidates: [{ index: 0, content: { parts: [{ text: "a" }] } }] },
      { candidates: [{ index: 1, content: { parts: [{ functionCall: { name: "f", args: {} } }] }, finishReason: "STOP" }] },
    );
    expect(read(two, { n: 2 }).end).toMatchObject({ kind: "incomplete" });
    const story = read(Buffer.concat([two, events({ candidates: [{ index: 0, finishReason: "STOP" }] })]), { n: 2 });
    expect(choicesOf(framesOf(story))).toMatchObject([
      { text: "a", finish: ["stop"] },
      { text: "", finish: ["tool_calls"], tools: [{ id: "call_gen_test_1_0" }] },
    ]);
  });

  test("pictures and token probabilities come through", () => {
    const frames = framesOf(
      read(
        events(
          {
            candidates: [
              {
                index: 0,
                content: { parts: [{ text: "ja" }] },
                logprobsResult: {
                  chosenCandidates: [{ token: "ja", logProbability: -0.25 }],
                  topCandidates: [
                    {
                      candidates: [
                        { token: "ja", logProbability: -0.25 },
                        { token: "é", logProbability: -2 },
                      ],
                    },
                  ],
                },
              },
            ],
          },
          ends("STOP", { inlineData: { mimeType: "image/png", data: "AAAA" } }),
        ),
      ),
    );
    const deltas = frames.flatMap((frame) => listOf(frame["choices"]).map((choice) => fieldsOf(choice) ?? {}));
    expect(deltas.find((choice) => choice["logprobs"] !== null)?.["logprobs"]).toEqual({
      content: [
        {
          token: "ja",
          logprob: -0.25,
          bytes: [106, 97],
          top_logprobs: [
            { token: "ja", logprob: -0.25, bytes: [106, 97] },
            { token: "é", logprob: -2, bytes: [195, 169] },
          ],
        },
      ],
      refusal: null,
    });
    expect(JSON.stringify(deltas)).toContain('"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},"index":0}]');
  });

  test("usage that lies is not believed", () => {
    const lie = (usageMetadata: object) => read(events({ ...ends("STOP", { text: "a" }), usageMetadata })).usage;
    expect(lie({ promptTokenCount: -4, candidatesTokenCount: 3 })).toBeUndefined();
    expect(lie({ promptTokenCount: 4, candidatesTokenCount: 1e18 })).toBeUndefined();
    expect(lie({ promptTokenCount: 4, candidatesTokenCount: 3, cachedContentTokenCount: 9 })).toEqual({
      input: 0,
      cachedInput: 4,
      cacheWrite: 0,
      output: 3,
      reasoning: 0,
    });
    expect(lie({ promptTokenCount: 4, totalTokenCount: 11, thoughtsTokenCount: 2 })).toMatchObject({ output: 5, reasoning: 2 });
  });

  test("nothing comes after the end, and a break before it is a failure", () => {
    const ended = googleReader(ask());
    ended.push(events(says({ text: "a" }), ends("STOP")));
    expect(storyOf(ended.end()).end).toBe("done");
    expect([...ended.push(events(says({ text: "late" }))), ...ended.end(), ...ended.broke({ kind: "connection" })]).toEqual([]);
    const broken = googleReader(ask());
    const parts = [...broken.push(events(says({ text: "a" }))), ...broken.broke({ kind: "timeout" })];
    expect(storyOf(parts)).toMatchObject({ order: "prelude content failure", end: { kind: "timeout" } });
    const whole = googleReader(ask());
    const late = [...whole.push(events(says({ text: "a" }), ends("STOP"))), ...whole.broke({ kind: "connection" })];
    expect(storyOf(late).end).toBe("done");
  });
});
