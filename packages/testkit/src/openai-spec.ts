/** Checks answers against OpenAI's own published description of its API, where a copy of it lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { parse } from "yaml";

const SPEC = "../shared/specs/openai-openapi.yaml";

/** Whether the description is here; tests that need it are left out where it is not. */
export const hasOpenAiSpec = existsSync(SPEC);
if (!hasOpenAiSpec) console.warn("left out: tests against OpenAI's description of its API, which is not here");

export interface OpenAiSpec {
  /**
   * What is wrong with `value` as the component schema of this name (`CreateChatCompletionResponse`, `ResponseStreamEvent`),
   * one line for each fault with the place in the value; empty when nothing is.
   */
  faultsOf(schema: string, value: unknown): readonly string[];
}

let loaded: OpenAiSpec | undefined;

/** Reads the description once: a few seconds. @throws when it is not here, or names no such schema */
export function openAiSpec(): OpenAiSpec {
  return (loaded ??= specOf(parse(readFileSync(SPEC, "utf8"), { maxAliasCount: -1 }) as Document));
}

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const FAULTS_MAX = 20;

function specOf({ components }: Document): OpenAiSpec {
  const schemas = Object.fromEntries(Object.entries(components.schemas).map(([name, schema]) => [name, asJsonSchema(schema)]));
  // Not strict: OpenAPI adds words of its own (`discriminator`, `x-…`).
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: "openai", components: { schemas } });
  const compiled = new Map<string, ValidateFunction>();
  return {
    faultsOf(name, value) {
      if (!Object.hasOwn(schemas, name)) throw new Error(`OpenAI's description has no schema ${name}`);
      const meant = meantBy(name, value, schemas);
      let check = compiled.get(meant);
      if (!check) {
        check = ajv.compile({ $ref: `openai#/components/schemas/${meant}` });
        compiled.set(meant, check);
      }
      return check(value) ? [] : (check.errors ?? []).slice(0, FAULTS_MAX).map(faultOf);
    },
  };
}

/**
 * OpenAPI's leftovers made JSON Schema: `nullable` becomes a type; `oneOf` becomes `anyOf`, because several of OpenAI's
 * alternatives overlap and its own answers match more than one.
 */
function asJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asJsonSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, oneOf, discriminator: _only, ...rest } = schema as Record<string, unknown>;
  const made: Record<string, unknown> = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, key === "example" ? value : asJsonSchema(value)]));
  if (Array.isArray(oneOf)) made["anyOf"] = asJsonSchema(oneOf);
  return nullable === true ? { anyOf: [made, { type: "null" }] } : made;
}

/**
 * The schema that a value of this `type` is meant to fit: of a list of alternatives the one that names the type, so that its
 * faults are told and not those of all the others.
 */
function meantBy(name: string, value: unknown, schemas: Readonly<Record<string, unknown>>): string {
  const alternatives = (schemas[name] as { anyOf?: readonly { $ref?: string }[] }).anyOf ?? [];
  const { type } = (value ?? {}) as { type?: unknown };
  const names = alternatives.flatMap(({ $ref }) => ($ref === undefined ? [] : [$ref.slice($ref.lastIndexOf("/") + 1)]));
  return names.find((one) => (schemas[one] as { properties?: { type?: { enum?: readonly unknown[] } } }).properties?.type?.enum?.includes(type)) ?? name;
}

const faultOf = ({ instancePath, message, params }: ErrorObject): string => `${instancePath || "/"} ${message ?? ""} ${JSON.stringify(params)}`;
