/** Embeddings, moderations and reranking through the running server, by the official SDK where it has them. */
import { describe, expect, test } from "vitest";
import { BadRequestError, type APIError } from "openai";
import { vectorOf } from "@switchyard/testkit/fake-media";
import { KEYS } from "./gateway-harness.process.ts";
import { mediaConfig } from "./media-config.ts";
import { faultsOf, readDescriptionFirst, spentBy, useGateway } from "./use-gateway.ts";

readDescriptionFirst();
const gateway = useGateway({}, mediaConfig);

const spent = (run: () => Promise<unknown>): Promise<bigint> => spentBy(gateway, run);

describe("embeddings", () => {
  test("the SDK, which asks for base64 by itself, reads the provider's vectors exactly, and they are charged by the token", async () => {
    const cost = await spent(async () => {
      const { data } = await gateway.openai().embeddings.create({ model: "text-embedding-3-small", input: ["a signal", "two points here"] });
      expect(data.map((one) => one.index)).toEqual([0, 1]);
      expect(data.map((one) => Array.from(one.embedding))).toEqual([vectorOf("a signal", 8), vectorOf("two points here", 8)]);
    });
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ encoding_format: "base64", model: "text-embedding-3-small" });
    expect(cost).toBe(5_000n);
  });

  test("numbers are numbers, dimensions are passed on, and the answer is as OpenAI describes it", async () => {
    const answer = await gateway.openai().embeddings.create({ model: "text-embedding-3-small", input: "a", encoding_format: "float", dimensions: 4 });
    expect(answer.data[0]?.embedding).toEqual(vectorOf("a", 4));
    expect(faultsOf("CreateEmbeddingResponse", answer)).toEqual([]);
  });

  test("tokens instead of texts, one list or several", async () => {
    const one = await gateway.openai().embeddings.create({ model: "text-embedding-3-small", input: [1, 2, 3] });
    expect(one.data).toHaveLength(1);
    expect(one.usage.prompt_tokens).toBe(3);
    const two = await gateway.openai().embeddings.create({ model: "text-embedding-3-small", input: [[1, 2], [3]] });
    expect(two.data).toHaveLength(2);
  });

  test("a provider that only knows numbers answers in base64 all the same", async () => {
    const { data } = await gateway.openai().embeddings.create({ model: "embed-floats-only", input: "forced" });
    expect(Array.from(data[0]?.embedding ?? [])).toEqual(vectorOf("forced", 8));
    const raw = (await (await gateway.post("/v1/embeddings", { model: "embed-floats-only", input: "forced", encoding_format: "base64" })).json()) as {
      data: { embedding: string }[];
    };
    expect(Buffer.from(raw.data[0]?.embedding ?? "", "base64").readFloatLE(0)).toBe(vectorOf("forced", 8)[0]);
  });

  test("a group leaves out the target that has none, and goes on to the next when one fails", async () => {
    gateway.main.next({ kind: "status", status: 503 });
    const { response } = await gateway.openai().embeddings.create({ model: "vectors", input: "x" }).withResponse();
    expect(response.headers.get("x-switchyard-provider")).toBe("spare");
    expect(response.headers.get("x-switchyard-attempts")).toBe("2");
    expect(gateway.claude.tally.requests).toBe(0);
    const wrong = { object: "list", data: [{ object: "embedding", index: 7, embedding: [1] }], model: "m" };
    gateway.main.next({ kind: "body", body: wrong });
    const again = await gateway.openai().embeddings.create({ model: "vectors", input: "x" }).withResponse();
    expect(again.response.headers.get("x-switchyard-provider")).toBe("spare");
  });

  test("the sandbox's vectors are the same for the same text and nearer for likelier ones", async () => {
    const { data } = await gateway.openai().embeddings.create({ model: "sandbox-1", input: ["red signal", "red signals", "lemon cake"] });
    const [a, b, c] = data.map((one) => Array.from(one.embedding)) as [number[], number[], number[]];
    const likeness = (x: number[], y: number[]) => x.reduce((sum, one, at) => sum + one * (y[at] ?? 0), 0);
    expect(likeness(a, b)).toBeGreaterThan(likeness(a, c) + 0.3);
  });
});

describe("moderations", () => {
  test("verdicts come as OpenAI describes them, without a model as well, and cost nothing", async () => {
    const cost = await spent(async () => {
      const answer = await gateway.openai().moderations.create({ input: ["I will kill you", "hello"] });
      expect(answer.results.map((one) => one.flagged)).toEqual([true, false]);
      expect(faultsOf("CreateModerationResponse", answer)).toEqual([]);
    });
    expect(gateway.main.tally.calls[0]?.body).toMatchObject({ model: "omni-moderation-latest" });
    expect(cost).toBe(0n);
  });
});

describe("reranking", () => {
  const documents = ["cakes", { text: "the signal box" }, "a signal"];

  test("results name documents of the request, best first, with their text where asked for, charged by the token", async () => {
    const cost = await spent(async () => {
      const answer = (await (
        await gateway.post("/v1/rerank", { model: "rerank-1", query: "signal box", documents, top_n: 2, return_documents: true })
      ).json()) as { results: { index: number; relevance_score: number; document: { text: string } }[]; usage: { total_tokens: number } };
      expect(answer.results.map((one) => one.index)).toEqual([1, 2]);
      expect(answer.results[0]?.document.text).toBe("the signal box");
      expect(answer.usage.total_tokens).toBe(8);
    });
    expect(cost).toBe(8n * 2_000n);
  });

  test("Cohere's count of searches and an index of no document", async () => {
    gateway.spare.next({ kind: "body", body: { id: "c", results: [{ index: 0, relevance_score: 0.9 }], meta: { billed_units: { search_units: 1 } } } });
    const answer = await gateway.post("/v1/rerank", { model: "rerank-1", query: "q", documents });
    expect(await answer.json()).toMatchObject({ results: [{ index: 0, relevance_score: 0.9 }] });
    gateway.spare.next({ kind: "body", body: { results: [{ index: 3, relevance_score: 0.9 }] } });
    const wrong = await gateway.post("/v1/rerank", { model: "rerank-1", query: "q", documents });
    expect(wrong.status).toBe(502);
  });
});

describe("what cannot be done", () => {
  test("is 501 naming the model, before anything is held", async () => {
    for (const [path, body] of [
      ["/v1/embeddings", { model: "only-claude", input: "x" }],
      ["/v1/moderations", { model: "only-claude", input: "x" }],
      ["/v1/rerank", { model: "gpt-4o-mini", query: "q", documents: ["d"] }],
    ] as const) {
      const answer = await gateway.post(path, body);
      expect(answer.status, path).toBe(501);
      const { error } = (await answer.json()) as { error: { code: string; message: string; param: string } };
      expect(error).toMatchObject({ code: "not_supported", param: "model" });
      expect(error.message).toContain(body.model);
      const id = answer.headers.get("x-generation-id");
      const record = async () =>
        (await (await fetch(`${gateway.url}/v1/generation?id=${id}`, { headers: { authorization: `Bearer ${KEYS.acme}` } })).json()) as unknown;
      await expect.poll(record).toMatchObject({ outcome: "refused", attempts: [] });
    }
    expect(gateway.claude.tally.requests + gateway.main.tally.requests).toBe(0);
  });

  test("is 501, too, where a server turns out to have no such route, and its hold is given back", async () => {
    gateway.spare.next({ kind: "body", status: 404, body: { detail: "Not Found" } });
    const cost = await spent(async () => {
      const answer = await gateway.post("/v1/embeddings", { model: "embed-floats-only", input: "x" });
      expect(answer.status).toBe(501);
    });
    expect(cost).toBe(0n);
  });

  test.each([
    ["/v1/embeddings", { model: "text-embedding-3-small" }, "input"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "" }, "input"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: [] }, "input"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: [["x"]] }, "input"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: Array.from({ length: 2_049 }, () => "x") }, "input"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "x", encoding_format: "int8" }, "encoding_format"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "x", dimensions: 0 }, "dimensions"],
    ["/v1/embeddings", { model: "text-embedding-3-small", input: "x", base_url: "http://a" }, "base_url"],
    ["/v1/moderations", { input: 7 }, "input"],
    ["/v1/rerank", { model: "rerank-1", query: "", documents: ["a"] }, "query"],
    ["/v1/rerank", { model: "rerank-1", query: "q", documents: [] }, "documents"],
    ["/v1/rerank", { model: "rerank-1", query: "q", documents: ["a"], top_n: 0 }, "top_n"],
  ])("%s case %# is refused naming the field", async (path, body, param) => {
    const answer = await gateway.post(path, body);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { param: string } };
    expect(error.param).toMatch(new RegExp(`^${param}`));
  });

  test("what the provider refuses reaches the client with its words", async () => {
    gateway.main.next({ kind: "status", status: 400, message: "This model does not support specifying dimensions.", type: "invalid_request_error" });
    const refusal = await gateway
      .openai()
      .embeddings.create({ model: "text-embedding-3-small", input: "x", dimensions: 3 })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BadRequestError);
    expect((refusal as APIError).message).toContain("does not support specifying dimensions");
  });
});
