/** What is wrong with a value first, and where: of several forms it could have had, with the one it came nearest to. */
import type * as z from "zod";

type Issue = z.core.$ZodIssue;

export interface FirstIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export function firstIssue(error: z.ZodError): FirstIssue {
  const [issue] = error.issues;
  return issue ? unfold(issue) : { path: [], message: "is not valid" };
}

function unfold(issue: Issue): FirstIssue {
  if (issue.code !== "invalid_union") return { path: issue.path, message: issue.message };
  const forms = issue.errors.flatMap(([first]) => (first ? [unfold(first)] : []));
  // The deeper a form was understood, the likelier it was meant.
  const meant = forms.toSorted((a, b) => b.path.length - a.path.length)[0];
  return meant && meant.path.length > 0 ? { path: [...issue.path, ...meant.path], message: meant.message } : { path: issue.path, message: issue.message };
}

/** As people write places: `models[0].price`. */
export const placeOf = (path: readonly PropertyKey[]): string =>
  path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${String(part)}`)).join("");
