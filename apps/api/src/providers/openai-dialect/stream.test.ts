import { describe, expect, test } from "vitest";
import type { StreamReader } from "../provider.ts";
import { collected, hasCollection, linesOf, recorded } from "../testing/recordings.fs.ts";
import { readBySdk } from "../testing/official-client.ts";
import { ask, choicesOf, framesOf, readAll, splitsOf, storyOf } from "../testing/stream-story.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import { dialectReader } from "./stream.ts";
import { usageOf } from "./usage.ts";

const reader = (request: Record<string, unknown> = {}): StreamReader => dialectReader(ask(request));
const sse = (...frames: readonly (object | string)[]): Buffer =>
  Buffer.from(frames.map((frame) => `data: ${typeof frame === "string" ? frame : JSON.stringify(frame)}\n\n`).join(""));
const read = (bytes: Buffer, request: Record<string, unknown> = {}) => readAll(reader(request), [bytes]);
const chunk = (delta: object, more: object = {}, choice: object = {}) => ({
  id: "theirs",
  object: "chat.completion.chunk",
  created: 5,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
  ...more,
});
const finish = (reason: string, more: object = {}) => chunk({}, more, { finish_reason: reason });
const role = chunk({ role: "assistant", content: "" });
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };

describe("our own recordings, cut everywhere", () => {
  test.each(["text", "tools", "reasoning"])("%s gives the same answer however its bytes are split", async (name) => {
    const lines = linesOf(recorded(`openai-dialect/fixtures/${name}.chunks.txt`));
    const frames = lines.map((line) => JSON.parse(line) as Fields);
    for (const lineEnd of ["\n", "\r\n", "\r"]) {
      const bytes = Buffer.from([...lines, "[DONE]"].map((line) => `data: ${line}${lineEnd}${lineEnd}`).join(""));
      const expected = read(bytes);
      for (const split of splitsOf(bytes, 7)) expect(readAll(reader(), split)).toEqual(expected);
    }
    const story = read(sse(...lines, "[DONE]"));
    expect(story.end).toBe("done");
    expect(framesOf(story).every((frame) => frame["id"] === "gen_test")).toBe(true);
    expectSame(choicesOf(framesOf(story)), choicesOf(frames));
    await readBySdk(story);
  });
});

function expectSame(ours: ReturnType<typeof choicesOf>, theirs: ReturnType<typeof choicesOf>): void {
  const plain = (choices: typeof ours) =>
    choices.map(({ text, reasoning, refusal, tools, finish: reasons }) => ({
      text,
      reasoning,
      refusal,
      reasons,
      tools: tools.filter((tool) => tool !== undefined).map(({ name, arguments: words }) => ({ name, words })),
    }));
  expect(plain(ours)).toEqual(plain(theirs));
  expect(ours.every((choice) => choice.finish.length === 1 && choice.tools.every((tool) => tool?.id !== undefined && tool.type === "function"))).toBe(true);
}

describe.runIf(hasCollection)("the collection of recordings", () => {
  test.each([
    "openai/chat/openai-text",
    "openai-compatible/chat/xai-text",
    "openai-compatible/chat/xai-tool-call",
    "deepseek/chat/deepseek-text",
    "deepseek/chat/deepseek-reasoning",
    "groq/groq-text",
    "groq/groq-reasoning",
    "xai/xai-text",
    "mistral/mistral-text",
    "mistral/mistral-tool-call",
  ])("%s survives splits and reads the same", async (name) => {
    const lines = linesOf(collected(`${name}.chunks.txt`));
    const frames = lines.map((line) => JSON.parse(line) as Fields);
    const bytes = sse(...lines, "[DONE]");
    const story = read(bytes);
    const crlf = Buffer.from(bytes.toString("utf8").replaceAll("\n", "\r\n"));
    for (const split of [...splitsOf(bytes, 11), ...splitsOf(crlf, 13).slice(0, 20)]) expect(readAll(reader(), split)).toEqual(story);
    expectSame(choicesOf(framesOf(story)), choicesOf(frames));
    const produced = choicesOf(frames).reduce(
      (sum, one) => sum + Buffer.byteLength(one.text + one.reasoning + one.tools.map((tool) => `${tool?.name}${tool?.arguments}`).join("")),
      0,
    );
    expect(story.outputBytes).toBe(produced);
    const last = frames
      .map((frame) => usageOf(frame["usage"]))
      .filter((one) => one !== undefined)
      .at(-1);
    expect(story.usage).toEqual(last);
    expect(story.end).toBe("done");
    expect((await readBySdk(story)).choices[0]?.message.content ?? "").toBe(choicesOf(frames)[0]?.text);
  });

  test("thinking as content parts becomes reasoning_content", () => {
    const story = read(sse(...linesOf(collected("mistral/mistral-reasoning.chunks.txt")), "[DONE]"));
    expect(choicesOf(framesOf(story))).toMatchObject([
      { text: "2 + 2 = 4", reasoning: "The user is asking for 2+2. This is basic arithmetic. 2+2=4.", finish: ["stop"] },
    ]);
  });

  test("a first tool call with index 1 would leave a hole: it becomes 0", async () => {
    const bytes = collected("openai-compatible/chat/anthropic-fallback-tool-call.sse");
    const story = read(bytes);
    for (const split of splitsOf(bytes, 3)) expect(readAll(reader(), split)).toEqual(story);
    expect((await readBySdk(story)).choices[0]?.message.tool_calls).toMatchObject([{ id: "toolu_sanitized", function: { arguments: '{"path": "a.txt"}' } }]);
  });
});

describe("what passes", () => {
  test("ordinary frames keep their bytes but for the id", () => {
    const frames = [chunk({ content: 'a\\"\n' }), chunk({ content: "é中😀" }), chunk({ content: '"id":"theirs"' })];
    const story = read(sse(role, ...frames, finish("stop"), "[DONE]"));
    expect(Buffer.from(story.content, "latin1")).toEqual(sse(...frames.map((frame) => ({ ...frame, id: "gen_test" }))));
    expect(story.prelude).toBe(sse({ ...role, id: "gen_test" }).toString("latin1"));
    expect(story.outputBytes).toBe(Buffer.byteLength('a\\"\né中😀"id":"theirs"'));
    expect(story.order).toBe("prelude content finish done");
  });

  test("escaped characters count as the bytes they stand for", () => {
    const raw = (text: string) =>
      `{"id":"theirs","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"${text}"}}]}`;
    const story = read(sse(role, raw("x"), raw("\\u00e9\\u4e2d\\ud83d\\ude00\\n\\\\\\u0041"), "[DONE]"));
    expect(story.outputBytes).toBe(1 + 2 + 3 + 4 + 1 + 1 + 1);
  });

  test("words in the text that look like frames change nothing", () => {
    const text = 'data: [DONE]\n\n{"error":{"message":"x"}} "finish_reason":"stop" "usage":{"prompt_tokens":9}';
    const story = read(sse(role, chunk({ content: "a" }), chunk({ content: text }), finish("stop"), "[DONE]"));
    expect(choicesOf(framesOf(story))[0]?.text).toBe(`a${text}`);
    expect(story.usage).toBeUndefined();
  });

  test("invalid UTF-8 and a lone surrogate do no harm", () => {
    const bytes = Buffer.concat([
      sse(role),
      Buffer.from('data: {"id":"theirs","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":{"content":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('\\ud800\\u0000"}}]}\n\n'),
      sse(finish("stop"), "[DONE]"),
    ]);
    const story = read(bytes);
    expect(story.end).toBe("done");
    expect(choicesOf(framesOf(story))[0]?.text).toContain("\u0000");
  });

  test("several choices each keep their text and finish once", () => {
    const at = (index: number, delta: object, reason: string | null = null) => ({ ...chunk({}), choices: [{ index, delta, finish_reason: reason }] });
    const story = read(
      sse(
        at(0, { role: "assistant" }),
        at(1, { role: "assistant" }),
        at(1, { content: "b" }),
        at(0, { content: "a" }),
        at(1, { content: "b" }),
        at(0, {}, "stop"),
        at(1, {}, "length"),
      ),
      { n: 2 },
    );
    expect(choicesOf(framesOf(story))).toMatchObject([
      { text: "a", finish: ["stop"] },
      { text: "bb", finish: ["length"] },
    ]);
    expect(story.end).toBe("done");
  });

  test("comments, empty frames and frames without choices are swallowed", () => {
    const story = read(
      Buffer.concat([
        Buffer.from(": PROCESSING\n\n\n\ndata:\n\n"),
        sse({ ...chunk({}), choices: [], prompt_filter_results: [] }, role),
        Buffer.from("event: ping\n\n"),
        sse(chunk({ content: "a" }), "[DONE]"),
      ]),
    );
    expect(story.order).toBe("prelude content finish done");
  });
});

describe("usage", () => {
  test("its own frame is swallowed and told", () => {
    const story = read(
      sse(
        role,
        chunk({ content: "a" }, { usage: null }),
        finish("stop", { usage: null }),
        { ...chunk({}), choices: [], usage: { ...usage, cost: 0.00012 } },
        "[DONE]",
      ),
    );
    expect(story.usage).toEqual({ input: 10, cachedInput: 0, cacheWrite: 0, output: 4, reasoning: 0 });
    expect(story.reportedCost).toBe("0.00012");
    expect(framesOf(story)).toHaveLength(3);
  });

  test("on the last content frame it is split off", () => {
    const story = read(sse(role, chunk({ content: "a" }, { usage }, { finish_reason: "stop" }), "[DONE]"));
    expect(story.usage?.output).toBe(4);
    expect(framesOf(story).some((frame) => frame["usage"])).toBe(false);
    expect(choicesOf(framesOf(story))).toMatchObject([{ text: "a", finish: ["stop"] }]);
  });

  test("the last valid report wins over lies", () => {
    const lie = (report: object) => ({ ...chunk({}), choices: [], usage: report });
    const story = read(
      sse(
        role,
        chunk({ content: "a" }),
        lie(usage),
        lie({ prompt_tokens: -1, completion_tokens: 1e18 }),
        lie({ prompt_tokens: "9", completion_tokens: "9" }),
        "[DONE]",
      ),
    );
    expect(story.usage?.input).toBe(10);
  });
});

describe("repairs", () => {
  test.each<[string, Buffer]>([
    ["no role", sse(chunk({ content: "a" }), chunk({ content: "b" }), finish("stop"), "[DONE]")],
    ["a null role", sse(chunk({ role: null, content: "a" }), chunk({ content: "b" }), "[DONE]")],
    ["no choice index", sse({ ...role, choices: [{ delta: { content: "a" } }] }, { ...role, choices: [{ delta: { content: "b" } }] }, "[DONE]")],
    [
      "no id, object, model or created",
      sse({ choices: [{ index: 0, delta: { content: "a" } }] }, { choices: [{ index: 0, delta: { content: "b" } }] }, "[DONE]"),
    ],
    ["a changing id", sse(role, chunk({ content: "a" }, { id: "one" }), chunk({ content: "b" }, { id: "two" }), finish("stop", { id: "three" }), "[DONE]")],
    [
      "spaces in its JSON",
      Buffer.from(
        [role, chunk({ content: "a" }), chunk({ content: "b" }), finish("stop")]
          .map((one) => `data: ${JSON.stringify(one).replaceAll('":', '": ')}\n\n`)
          .join("") + "data: [DONE]\n\n",
      ),
    ],
    [
      "a reason with every frame",
      sse(role, chunk({ content: "a" }, {}, { finish_reason: "stop" }), chunk({ content: "b" }, {}, { finish_reason: "stop" }), "[DONE]"),
    ],
    ["no finish reason but [DONE]", sse(role, chunk({ content: "a" }), chunk({ content: "b" }), "[DONE]")],
    ["two finish frames", sse(role, chunk({ content: "a" }), chunk({ content: "b" }), finish("stop"), finish("stop"), "[DONE]")],
    ["a reason in other words", sse(role, chunk({ content: "a" }), chunk({ content: "b" }), finish("eos"), "[DONE]")],
    ["no [DONE] after its finish", sse(role, chunk({ content: "a" }), chunk({ content: "b" }), finish("stop"))],
    ["no empty line at the end", sse(role, chunk({ content: "a" }), chunk({ content: "b" }), finish("stop"), "[DONE]").subarray(0, -2)],
  ])("%s reads like OpenAI's own stream", async (_name, bytes) => {
    const story = read(bytes);
    for (const split of splitsOf(bytes, 5)) expect(readAll(reader(), split)).toEqual(story);
    expect(story.end).toBe("done");
    expect(framesOf(story).every((frame) => frame["id"] === "gen_test" && frame["object"] === "chat.completion.chunk")).toBe(true);
    const answer = await readBySdk(story);
    expect(answer.choices).toMatchObject([{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "ab" } }]);
  });

  test.each<[string, object[][]]>([
    [
      "no index",
      [[{ id: "a", function: { name: "f", arguments: "{}" } }], [{ id: "b", function: { name: "g", arguments: "[1" } }], [{ function: { arguments: "]" } }]],
    ],
    [
      "always index 0",
      [
        [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }],
        [{ index: 0, id: "b", type: "function", function: { name: "g", arguments: "[1" } }],
        [{ index: 0, function: { arguments: "]" } }],
      ],
    ],
    [
      "both at once, arguments as objects",
      [
        [
          { id: "a", function: { name: "f", arguments: {} } },
          { id: "b", function: { name: "g", arguments: "[1]" } },
        ],
      ],
    ],
    [
      "the id and name repeated",
      [
        [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "{" } }],
        [{ index: 0, id: "a", type: "function", function: { arguments: "}" } }],
        [{ index: 1, id: "b", type: "function", function: { name: "g", arguments: "[1]" } }],
      ],
    ],
  ])("tool calls with %s", async (_name, frames) => {
    const story = read(sse(role, ...frames.map((calls) => chunk({ tool_calls: calls })), "[DONE]"));
    const answer = await readBySdk(story);
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
          { id: "b", type: "function", function: { name: "g", arguments: "[1]" } },
        ],
      },
    });
  });

  test("a tool call without an id gets one", () => {
    const story = read(sse(role, chunk({ tool_calls: [{ index: 0, function: { name: "f", arguments: "{}" } }] }), "[DONE]"));
    expect(choicesOf(framesOf(story))[0]?.tools[0]?.id).toBe("call_gen_test_0_0");
  });
});

describe("failures", () => {
  const kindOf = (bytes: Buffer): string => {
    const { end } = read(bytes);
    return typeof end === "string" ? end : end.kind;
  };
  test.each<[string, Buffer]>([
    ["empty", Buffer.alloc(0)],
    ["empty", sse("[DONE]")],
    ["empty", sse(role, finish("stop"), "[DONE]")],
    ["done", sse(role, finish("length"), "[DONE]")],
    ["protocol", Buffer.from("<html><body>502</body></html>")],
    ["protocol", sse("not json")],
    ["protocol", sse("[1,2]")],
    ["protocol", sse(`{"choices":${"[".repeat(500_000)}`)],
    ["protocol", sse(`{"choices":[{"index":0,"delta":{"content":"a","x":${"[".repeat(5_000)}${"]".repeat(5_000)}}}]}`)],
    ["protocol", Buffer.from(`data: ${"x".repeat(2_000_000)}`)],
    ["protocol", sse(role, { ...role, choices: Array.from({ length: 200 }, (_, index) => ({ index, delta: { content: "x" } })) })],
    ["incomplete", sse(role, chunk({ content: "a" }))],
    ["incomplete", sse(role, chunk({ content: "a" }), finish("stop")).subarray(0, -40)],
    ["overloaded", sse(role, chunk({ content: "a" }), { error: { type: "overloaded_error", message: "Overloaded" } })],
    ["rate_limited", sse({ error: { code: 429, message: "slow down" } })],
    ["unavailable", sse({ error: "boom" })],
    ["unavailable", sse(role, chunk({ content: "a" }), chunk({}, {}, { finish_reason: "error" }))],
    ["bad_request", sse({ object: "error", message: "no such thing", type: "BadRequestError", code: 400 })],
    ["overloaded", Buffer.from('event: error\ndata: {"message":"server is busy"}\n\n')],
  ])("%s", (kind, bytes) => {
    expect(kindOf(bytes)).toBe(kind);
  });

  test("nothing comes after a failure or the end", () => {
    for (const end of [sse({ error: { message: "x" } }), sse("[DONE]")]) {
      const one = reader();
      one.push(Buffer.concat([sse(role, chunk({ content: "a" })), end, sse(chunk({ content: "late" }))]));
      expect([...one.push(sse(chunk({ content: "later" }), "[DONE]")), ...one.end(), ...one.broke({ kind: "connection" })]).toEqual([]);
    }
  });

  test("a connection that breaks is a failure, unless the answer was whole", () => {
    const cut = reader();
    cut.push(sse(role, chunk({ content: "a" })));
    expect(cut.broke({ kind: "connection" })).toEqual([{ kind: "failure", failure: { kind: "connection" } }]);
    const whole = reader();
    const parts = [...whole.push(sse(role, chunk({ content: "a" }), finish("stop"))), ...whole.broke({ kind: "timeout" })];
    expect(storyOf(parts).order).toBe("prelude content finish done");
  });

  test("a failure's words reach the client without keys, and only when the client is to blame", () => {
    const { end } = read(sse({ error: { type: "invalid_request_error", message: "bad 'x' for sk-abcdefghijklmnop", param: "x" } }));
    expect(end).toMatchObject({ kind: "bad_request", publicText: "bad 'x' for [key]", param: "x" });
    expect(fieldsOf(read(sse({ error: { message: "internal sk-abcdefghijklmnop" } })).end)?.["publicText"]).toBeUndefined();
  });
});
