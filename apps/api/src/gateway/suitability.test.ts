import { describe, expect, test } from "vitest";
import type { Capability, CatalogModel } from "@switchyard/shared/domain/catalog";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { modelOf } from "../routing/testing/catalog-of.ts";
import { isMeantFor, needsOfChat, otherPurpose, unsuitable } from "./suitability.ts";

const able = (capabilities: readonly Capability[], contextWindow?: number): CatalogModel => ({ ...modelOf("main/m"), capabilities, contextWindow });
const sized = (bytes: number, outputAsked?: number) => ({ prompt: { bytes, messages: 1, mediaParts: 0 }, outputAsked });
const short = sized(10);
const chat = (extra: Record<string, unknown>): ChatRequest => ({ model: "m", messages: [{ role: "user", content: "hi" }], ...extra }) as ChatRequest;
const part = (type: string) => chat({ messages: [{ role: "user", content: [{ type: "text", text: "x" }, { type }] }] });

describe("what a chat needs", () => {
  test.each([
    [part("image_url"), "vision", "messages[0].content[1]"],
    [part("input_audio"), "audio", "messages[0].content[1]"],
    [part("file"), "pdf", "messages[0].content[1]"],
    [chat({ tools: [{ type: "function", function: { name: "f" } }] }), "tools", "tools"],
    [chat({ modalities: ["text", "audio"] }), "audio", "modalities"],
  ] as const)("is told once, with the parameter that asks for it", (request, capability, param) => {
    expect(needsOfChat(request)).toEqual([{ capability, param }]);
  });

  test("is nothing for text, for no tools and for JSON", () => {
    expect(needsOfChat(chat({ tools: [], response_format: { type: "json_schema", json_schema: {} }, modalities: ["text"] }))).toEqual([]);
  });
});

describe("a model", () => {
  const needs = [{ capability: "vision", param: "messages[0].content[1]" }] as const;

  test("that cannot do it is left out, and says which parameter", () => {
    expect(unsuitable(able(["chat", "tools"]), { ...short, needs })).toMatchObject({
      because: "cannot see pictures",
      failure: { code: "invalid_request", param: "messages[0].content[1]", publicText: "The model 'm' cannot see pictures." },
    });
    expect(unsuitable(able(["chat", "vision"]), { ...short, needs })).toBeUndefined();
  });

  test("of which nothing is known is asked", () => {
    expect(unsuitable(able([]), { ...short, needs })).toBeUndefined();
    expect(unsuitable(able(["chat"]), sized(1e9))).toBeUndefined();
  });

  test("that sees pictures reads documents", () => {
    const document = [{ capability: "pdf", param: "messages[0].content[0]" }] as const;
    expect(unsuitable(able(["chat", "vision"]), { ...short, needs: document })).toBeUndefined();
    expect(unsuitable(able(["chat"]), { ...short, needs: document })).toBeDefined();
  });

  test("is left out for a prompt that is certainly beyond its context, and only then", () => {
    expect(unsuitable(able([], 1_000), sized(6_006))?.failure).toMatchObject({ code: "context_length_exceeded", param: "messages" });
    expect(unsuitable(able([], 1_000), sized(6_000))).toBeUndefined();
    // Many texts to embed, each with the context to itself.
    expect(unsuitable(able([], 1_000), sized(6_006, 0))).toBeUndefined();
  });
});

describe("what a model is for", () => {
  test.each([
    [["embeddings"], "embeddings", true],
    [["embeddings"], "chat", false],
    [["chat"], "embeddings", false],
    [["chat"], "messages", true],
    [["chat"], "responses", true],
    [["chat"], "video_analysis", true],
    [["completions"], "chat", false],
    [["chat"], "completions", true],
    [["transcription"], "translation", true],
    [["images"], "image_edit", true],
    [["chat", "images"], "speech", false],
    // Nobody has said what these are for.
    [[], "rerank", true],
    [["vision", "tools"], "embeddings", true],
  ] as const)("%j serves %s: %s", (capabilities, operation, serves) => {
    expect(isMeantFor(able(capabilities), operation)).toBe(serves);
  });

  test("is told to who asks for something else", () => {
    expect(otherPurpose(able(["embeddings", "rerank"]), ["chat", "responses"])).toMatchObject({
      because: "is for embeddings and reranking",
      failure: { code: "not_supported", param: "model", publicText: "The model 'm' is for embeddings and reranking and cannot be asked this." },
    });
    expect(otherPurpose(able(["embeddings"]), ["embeddings"])).toBeUndefined();
  });
});
