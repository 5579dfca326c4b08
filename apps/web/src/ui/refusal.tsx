/** Why something was not done, above the form that asked for it: what it means, and the server's own words where they say more. */
import { problemOf } from "../problem.ts";
import { useProblemText } from "./problem-note.tsx";

export function Refusal({ error }: { readonly error: unknown }) {
  const textOf = useProblemText();
  if (error === null || error === undefined) return null;
  const { kind, text } = problemOf(error);
  const says = kind === "input" || kind === "conflict" || kind === "notFound" ? text : undefined;
  return (
    <div role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
      <p>{textOf(error)}</p>
      {says === undefined ? null : <p lang="en">{says}</p>}
    </div>
  );
}
