/** Reads what an operator sends by its schema; the refusal names the field. */
import type * as z from "zod";
import { failure } from "@switchyard/shared/kernel/failure";
import type { Result } from "@switchyard/shared/kernel/result";
import { firstIssue, placeOf } from "../../catalog/first-issue.ts";

export function readAsked<S extends z.ZodType>(json: Result<unknown>, schema: S): Result<z.output<S>> {
  if (!json.ok) return json;
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const { path, message } = firstIssue(parsed.error);
  const param = placeOf(path);
  return { ok: false, failure: failure("invalid_request", { ...(param ? { param } : {}), publicText: `${param || "The body"}: ${message}.` }) };
}
