import { expect, test } from "vitest";
import type { CatalogModel, ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { fitToTarget } from "./target-fit.ts";

const mark = { cache_control: { type: "ephemeral" } };
const chat: ChatRequest = {
  model: "m",
  messages: [
    {
      role: "system",
      content: [
        { type: "text", text: "a" },
        { type: "text", text: "b", ...mark },
      ],
    },
    {
      role: "user",
      content: [
        { type: "text", text: "look", ...mark },
        { type: "image_url", image_url: { url: "https://a.test/i.png" } },
      ],
    },
    { role: "assistant", content: "x", reasoning_content: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm", signature: "s" }], tool_calls: [] },
    { role: "tool", tool_call_id: "c", content: "r", ...mark },
  ],
  tools: [{ type: "function", function: { name: "f" }, ...mark }],
  top_k: 5,
  reasoning_effort: "high",
};

const fit = (kind: ProviderKind, capabilities: CatalogModel["capabilities"] = [], one = chat, local = false): ChatRequest =>
  fitToTarget(one, { provider: { kind, local }, capabilities } as CatalogModel);

test("OpenAI is told nothing that it would refuse to hear", () => {
  const fitted = fit("openai");
  expect(JSON.stringify(fitted)).not.toMatch(/cache_control|reasoning_effort|top_k/);
  expect(fitted.messages[0]).toEqual({ role: "system", content: "a\n\nb" });
  expect(fitted.messages[1]).toEqual({
    role: "user",
    content: [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "https://a.test/i.png" } },
    ],
  });
  expect(fitted.messages[3]).toEqual({ role: "tool", tool_call_id: "c", content: "r" });
});

test("compatible servers keep what some of them know", () => {
  const fitted = fit("openai-compatible", ["reasoning"], chat, true);
  expect(fitted).toMatchObject({ top_k: 5, reasoning_effort: "high" });
  expect(fit("openai-compatible")).not.toHaveProperty("top_k");
  expect(fitted.messages[2]).toEqual(chat.messages[2]);
  expect(JSON.stringify(fitted)).not.toContain("cache_control");
});

test("marks of the cache stay where they are known", () => {
  const fitted = fit("openrouter", ["reasoning"]);
  expect(fitted).toEqual(chat);
});

test("how hard to think is only said to models that think, and to rest only where every model can", () => {
  const effortOf = (kind: ProviderKind, effort: string, capabilities: CatalogModel["capabilities"] = ["reasoning"]) =>
    fit(kind, capabilities, { ...chat, reasoning_effort: effort }).reasoning_effort;
  expect(effortOf("openai", "high")).toBe("high");
  expect(effortOf("openai", "high", ["chat"])).toBeUndefined();
  expect(effortOf("openai", "none")).toBeUndefined();
  expect(effortOf("google", "none")).toBe("none");
});
