/** The OpenAPI description of operators' work on providers and their models. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { modelChange } from "../../catalog/catalog-inputs.ts";
import { providerPut } from "../../catalog/edit-inputs.ts";
import { TEST_FAILURES } from "@switchyard/shared/wire/console/providers";
import { byOperator, errors, json } from "./openapi-parts.ts";
import { cascade, done, ifMatch, inPath } from "./openapi-edit-parts.ts";

const provider = z.looseObject({
  name: z.string(),
  kind: z.string(),
  baseUrl: z.string(),
  enabled: z.boolean(),
  hasKey: z.boolean(),
  keys: z
    .array(z.object({ name: z.string(), masked: z.string().nullable(), weight: z.int() }))
    .describe("Its keys by their ends; null when one cannot be opened with this SECRET_KEY"),
  revision: z.string(),
});
const tested = z.object({
  ok: z.boolean(),
  failure: z.enum(TEST_FAILURES).nullable(),
  status: z.int().nullable(),
  models: z.int().nullable().describe("How many models its list has"),
  ms: z.int(),
});
const name = inPath("name", "The name of the provider");
const body = (schema: z.ZodType) => ({ required: true, content: { "application/json": { schema } } });

export const providerPaths: ZodOpenApiPathsObject = {
  "/api/admin/providers": {
    get: {
      operationId: "listProviders",
      summary: "The platform's providers, without their keys and models",
      security: byOperator,
      responses: { "200": json(z.object({ providers: z.array(provider) }), "The providers"), ...errors(401, 403) },
    },
  },
  "/api/admin/providers/{name}": {
    get: {
      operationId: "getProvider",
      summary: "One provider",
      security: byOperator,
      parameters: [name],
      responses: { "200": json(provider, "The provider"), ...errors(401, 403, 404) },
    },
    put: {
      operationId: "putProvider",
      summary:
        "Creates a provider, or makes it as the body says, whole but for keys and limits that are left out; in `apiKeys` a key without its secret is the stored one of that name; another name in the body renames it",
      security: byOperator,
      parameters: [name, ifMatch],
      requestBody: body(providerPut),
      responses: { "200": json(provider, "Changed"), "201": json(provider, "Created"), ...errors(400, 401, 403, 404, 409) },
    },
    delete: {
      operationId: "deleteProvider",
      summary: "Deletes a provider with its models and keys",
      security: byOperator,
      parameters: [name, ifMatch, cascade],
      responses: { "200": done, ...errors(401, 403, 404, 409) },
    },
  },
  "/api/admin/providers/{name}/test": {
    post: {
      operationId: "testProvider",
      summary: "Asks the provider for its list of models and tells how that went",
      security: byOperator,
      parameters: [name],
      responses: { "200": json(tested, "What came of it"), ...errors(401, 403, 404) },
    },
  },
  "/api/admin/models/{name}": {
    put: {
      operationId: "putModel",
      summary: "Adds a model by hand, or changes what the body names of it",
      security: byOperator,
      parameters: [inPath("name", "provider/model")],
      requestBody: body(modelChange),
      responses: { "200": done, ...errors(400, 401, 403, 404) },
    },
    delete: {
      operationId: "deleteModel",
      summary: "Deletes a model",
      security: byOperator,
      parameters: [inPath("name", "provider/model"), cascade],
      responses: { "200": done, ...errors(400, 401, 403, 404, 409) },
    },
  },
};
