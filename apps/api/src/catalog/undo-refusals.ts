/** Why a change is not taken back. */
import { isDeepStrictEqual } from "node:util";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";

/** @throws FailureError `conflict` in these words */
export function cannotUndo(publicText: string): never {
  throw new FailureError(failure("conflict", { param: "id", publicText }));
}

/** @param present what is there now, and `after` what the change had made @throws FailureError `conflict` when they differ */
export function refuseChanged(present: unknown, after: unknown): void {
  if (!isDeepStrictEqual(present ?? null, after)) cannotUndo("It was changed again since. Take the later changes back first, or change it by hand.");
}
