import { describe, expect, test } from "vitest";
import type { CatalogModel } from "@switchyard/shared/domain/catalog";
import { parseMessagesRequest } from "@switchyard/shared/wire/anthropic-messages";
import { messagesJob } from "./job.ts";

function job(body: Record<string, unknown>) {
  const parsed = parseMessagesRequest({ model: "m", max_tokens: 100, messages: [{ role: "user", content: "hi" }], ...body });
  if (!parsed.ok) throw new Error(parsed.failure.publicText);
  return messagesJob(parsed.value, []);
}
const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAA" } };
const words = { type: "document", source: { type: "text", media_type: "text/plain", data: "w" } };
const user = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });

describe("what a Messages request needs of a model", () => {
  test.each<[string, Record<string, unknown>, [string, string][]]>([
    ["text", {}, []],
    ["a picture", user({ type: "text", text: "x" }, image, image), [["vision", "messages[0].content[1]"]]],
    ["a picture out of a tool", user({ type: "tool_result", tool_use_id: "t", content: [image] }), [["vision", "messages[0].content[0].content[0]"]]],
    ["a PDF", user(pdf), [["pdf", "messages[0].content[0]"]]],
    ["a document of text", user(words), []],
    ["a file that only Anthropic has", user({ type: "image", source: { type: "file", file_id: "f" } }), []],
    ["tools of the caller", { tools: [{ name: "f", input_schema: {} }] }, [["tools", "tools"]]],
    ["tools of Anthropic's servers", { tools: [{ type: "web_search_20250305", name: "web_search" }] }, []],
  ])("%s", (_name, body, needs) => {
    expect(job(body).demand.needs?.map(({ capability, param }) => [capability, param])).toEqual(needs);
  });
});

test("the hold covers pictures and searches, and the cap is the caller's", () => {
  const { demand, stream, surface } = job({ ...user(image), tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }], stream: true });
  expect({ stream, surface }).toEqual({ stream: true, surface: "messages" });
  expect(demand).toMatchObject({ choices: 1, outputAsked: 100, prompt: { mediaParts: 1, messages: 1 } });
  expect(demand.prompt.mediaTokensMax).toBeGreaterThan(1_000);
  const at = (kind: string) => demand.searchesAt?.({ provider: { kind } } as CatalogModel);
  // Elsewhere the tool is dropped.
  expect([at("anthropic"), at("openai")]).toEqual([3, 0]);
});
