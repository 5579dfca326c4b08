/** Turns what a schema found wrong into our refusal, naming the field as OpenAI does and echoing nothing of the caller's values. */
import type * as z from "zod";
import { failure, type Failure } from "../kernel/failure.ts";

const PARAM_CHARS_MAX = 128;
const TEXT_CHARS_MAX = 240;

type Issue = z.core.$ZodIssue;

/** @returns `invalid_request` with the first (and within unions the most telling) issue as `param` and public text. */
export function refusalOf(error: z.core.$ZodError): Failure {
  const first = error.issues[0];
  if (!first) return failure("invalid_request");
  const { path, issue } = deepest(first);
  const param = formatPath(path);
  const text = issue.code === "invalid_union" ? "does not have one of the accepted shapes" : issue.message;
  const publicText = `Invalid value for '${param}': ${text}`.slice(0, TEXT_CHARS_MAX);
  return failure("invalid_request", param === "" ? { publicText: text } : { publicText, param });
}

/** `messages[0].content[1].text`: the way OpenAI writes paths. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? String(step) : `.${String(step)}`;
  }
  return text.length > PARAM_CHARS_MAX ? `${text.slice(0, PARAM_CHARS_MAX - 1)}…` : text;
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly issue: Issue;
}

/** Follows a union into the branch that came furthest: that is the shape which the caller meant. */
function deepest(issue: Issue): Found {
  let found: Found = { path: issue.path, issue };
  if (issue.code !== "invalid_union") return found;
  for (const branch of issue.errors) {
    const inner = branch[0];
    if (!inner) continue;
    const candidate = deepest(inner);
    const path = [...issue.path, ...candidate.path];
    if (path.length > found.path.length) found = { path, issue: candidate.issue };
  }
  return found;
}
