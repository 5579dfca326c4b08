import { Validator } from "@seriousme/openapi-schema-validator";
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
    security?: unknown[];
    responses: Record<string, unknown>;
  }[];
  expect(new Set(operations.map((one) => one.operationId)).size).toBe(operations.length);
  for (const one of operations) {
    expect(one.summary).toBeTruthy();
    if (one.security?.length) expect(Object.keys(one.responses)).toContain("401");
  }
  expect(document.components.schemas).toHaveProperty("Error");
});

test("is valid OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as Record<string, unknown>);
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(new Validator().resolveRefs({ specification: structuredClone(document) as Record<string, unknown> })).toBeDefined();
});

test("says what every route takes and gives, to whom, and how it refuses", () => {
  const isSaid = (schema: unknown): boolean => typeof schema === "object" && schema !== null && JSON.stringify(schema) !== "{}" && !isAnyObject(schema);
  const isAnyObject = (schema: object): boolean =>
    "type" in schema && schema.type === "object" && "properties" in schema && Object.keys(schema.properties as object).length === 0;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const where = `${method} ${path}`;
      const { responses, requestBody, security } = described as {
        responses: Record<string, { content?: Record<string, { schema?: unknown }> }>;
        requestBody?: { content: Record<string, { schema?: unknown }> };
        security: unknown[];
      };
      if (path !== "/openapi.json")
        for (const one of Object.values(responses)) for (const { schema } of Object.values(one.content ?? {})) expect(isSaid(schema), where).toBe(true);
      for (const { schema } of Object.values(requestBody?.content ?? {})) expect(isSaid(schema), where).toBe(true);
      if (method === "post" && !/cancel$|undo$|\/test$/.test(path)) expect(requestBody, where).toBeDefined();
      expect(security.length > 0, where).toBe(!["/health", "/ready", "/openapi.json"].includes(path));
      expect(responses, where).toHaveProperty("default");
      if (security.length > 0) for (const status of ["401", "403"]) expect(responses, where).toHaveProperty(status);
      if (requestBody) for (const status of ["400", "413", "415"]) expect(responses, where).toHaveProperty(status);
      // What is put comes to be.
      if (path.includes("{") && method !== "put") expect(responses, where).toHaveProperty("404");
    }
  }
});

test("tells of the headers that every paid door takes", () => {
  const { paths } = openApiDocument("1.0.0", undefined) as { paths: Record<string, { post?: { parameters?: { name: string }[] } }> };
  for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"]) {
    expect(paths[path]?.post?.parameters?.map(({ name }) => name)).toEqual(expect.arrayContaining(["Idempotency-Key", "x-switchyard-cache"]));
  }
  expect(paths["/api/admin/config"]?.post?.parameters).toBeUndefined();
});
