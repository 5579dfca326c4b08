/** Checks answers against the description that the program gives of itself. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export interface DescribedAnswers {
  /** @returns what is wrong with the JSON of an answer, one line for each fault. @param path as the description has it, `/v1/models/{model}` @throws when it has no such answer */
  faultsOf(method: string, path: string, status: number, body: unknown): readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
const at = (value: unknown, name: string): unknown => (typeof value === "object" && value !== null ? (value as Fields)[name] : undefined);
const pointer = (steps: readonly string[]): string => steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** @param document OpenAPI 3.1 */
export function answersDescribedBy(document: unknown): DescribedAnswers {
  // Not strict: OpenAPI adds words of its own.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: "described", ...(document as object) });
  const compiled = new Map<string, ValidateFunction>();
  return {
    faultsOf(method, path, status, body) {
      const responses = ["paths", path, method.toLowerCase(), "responses"];
      const found = [String(status), "default"].find((one) => [...responses, one].reduce(at, document) !== undefined);
      const place = [...responses, found ?? "", "content", "application/json", "schema"];
      if (place.reduce(at, document) === undefined) throw new Error(`the description has no JSON for ${method} ${path} ${status}`);
      const where = pointer(place);
      let check = compiled.get(where);
      if (!check) compiled.set(where, (check = ajv.compile({ $ref: `described#${encodeURI(where)}` })));
      return check(body)
        ? []
        : (check.errors ?? []).map(({ instancePath, message, params }) => `${instancePath || "/"} ${message ?? ""} ${JSON.stringify(params)}`);
    },
  };
}
