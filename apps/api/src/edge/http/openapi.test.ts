import { expect, test } from "vitest";
import { openApiDocument } from "./openapi.ts";
import { ROUTES } from "./server.http.ts";

const document = openApiDocument("1.2.3", "https://gateway.test") as {
  openapi: string;
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
};

test("the document is OpenAPI 3.1 and describes every route of the server, and no other", () => {
  expect(document.openapi).toMatch(/^3\.1/);
  const served = Object.keys(ROUTES).map((path) => path.replace(/\{\*(\w+)\}/, "{$1}").replaceAll(/:(\w+)/g, "{$1}"));
  expect(Object.keys(document.paths).toSorted()).toEqual(served.toSorted());
  for (const [path, methods] of Object.entries(ROUTES)) {
    const described = Object.keys(document.paths[path.replace(/\{\*(\w+)\}/, "{$1}").replaceAll(/:(\w+)/g, "{$1}")] ?? {});
    expect(described.map((method) => method.toUpperCase()).toSorted()).toEqual(
      methods
        .split(", ")
        .filter((method) => method !== "HEAD")
        .toSorted(),
    );
  }
});

test("every operation has a name of its own, a summary and its refusals in the one envelope", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as {
    operationId: string;
    summary: string;
    security?: unknown;
    responses: Record<string, unknown>;
  }[];
  expect(new Set(operations.map((one) => one.operationId)).size).toBe(operations.length);
  for (const one of operations) {
    expect(one.summary).toBeTruthy();
    if (one.security) expect(Object.keys(one.responses)).toContain("401");
  }
  expect(document.components.schemas).toHaveProperty("Error");
});

test("tells of the headers that every paid door takes", () => {
  const { paths } = openApiDocument("1.0.0", undefined) as { paths: Record<string, { post?: { parameters?: { name: string }[] } }> };
  for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"]) {
    expect(paths[path]?.post?.parameters?.map(({ name }) => name)).toEqual(expect.arrayContaining(["Idempotency-Key", "x-switchyard-cache"]));
  }
  expect(paths["/api/admin/config"]?.post?.parameters).toBeUndefined();
});
