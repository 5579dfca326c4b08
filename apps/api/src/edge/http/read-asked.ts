/** Reads what an operator sends: the body by its schema, the refusal naming the field; names and revisions from the address and headers. */
import type { Request } from "express";
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

/** A name may have slashes, which the address then has, too. */
export const wholeName = (req: Request): string => {
  const name: unknown = (req.params as Readonly<Record<string, unknown>>)["name"];
  return Array.isArray(name) ? name.join("/") : String(name);
};

/** What `If-Match` names: the state that the asker saw (RFC 9110, 13.1.1). */
export function seenRevision(req: Request): string | undefined {
  const seen = req.headers["if-match"];
  return seen === undefined || seen === "*" ? undefined : seen.replace(/^"|"$/g, "");
}
