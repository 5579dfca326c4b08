/** The OpenAPI description of operators' work on providers and their models. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { modelChange } from "../../catalog/catalog-inputs.ts";
import { providerPut } from "../../catalog/edit-inputs.ts";
import { TEST_FAILURES } from "@switchyard/shared/wire/console/providers";
import { json } from "./openapi-parts.ts";
import { cascade, done, ifMatch, inPath, operated } from "./openapi-edit-parts.ts";

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

export const providerPaths: ZodOpenApiPathsObject = {
  "/api/admin/providers": {
    get: operated("listProviders", "The platform's providers, without their keys and models", {
      gives: json(z.object({ providers: z.array(provider) }), "The providers"),
    }),
  },
  "/api/admin/providers/{name}": {
    get: operated("getProvider", "One provider", { parameters: [name], gives: json(provider, "The provider"), refuses: [404] }),
    put: operated(
      "putProvider",
      "Creates a provider, or makes it as the body says, whole but for keys and limits that are left out; in `apiKeys` a key without its secret is the stored one of that name; another name in the body renames it",
      { parameters: [name, ifMatch], takes: providerPut, gives: json(provider, "Changed"), makes: json(provider, "Created"), refuses: [400, 404, 409] },
    ),
    delete: operated("deleteProvider", "Deletes a provider with its models and keys", {
      parameters: [name, ifMatch, cascade],
      gives: done,
      refuses: [404, 409],
    }),
  },
  "/api/admin/providers/{name}/test": {
    post: operated("testProvider", "Asks the provider for its list of models and tells how that went", {
      parameters: [name],
      gives: json(tested, "What came of it"),
      refuses: [404],
    }),
  },
  "/api/admin/models/{name}": {
    put: operated("putModel", "Adds a model by hand, or changes what the body names of it", {
      parameters: [inPath("name", "provider/model")],
      takes: modelChange,
      gives: done,
      refuses: [400, 404],
    }),
    delete: operated("deleteModel", "Deletes a model", { parameters: [inPath("name", "provider/model"), cascade], gives: done, refuses: [400, 404, 409] }),
  },
};
