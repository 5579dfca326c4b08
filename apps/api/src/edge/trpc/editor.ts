/** Decides who may change whose catalog: operators what the platform shares, owners and admins what is their workspace's own. */
import { PLATFORM_WORKSPACE, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import type { UserPrincipal } from "@switchyard/shared/domain/principal";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import type { Editor } from "../../catalog/catalog-edit.pg.ts";
import type { TrpcContext } from "./context.ts";
import { auditOf, inWorkspace, refuseWhoMayNotChange } from "./trpc.ts";

interface InWorkspace extends TrpcContext {
  readonly principal: UserPrincipal;
  readonly run: <T>(work: (tx: PrincipalTx) => Promise<T>) => Promise<T>;
}

/** @throws FailureError `permission_denied` */
export function editorOf(ctx: InWorkspace, shared: boolean): Editor {
  const { principal, run, ports } = ctx;
  const { actor } = auditOf(ctx, principal);
  if (shared || principal.workspaceId === PLATFORM_WORKSPACE) {
    refuseWhoDoesNotOperate(principal);
    return ports.catalogEdit.platform(actor);
  }
  refuseWhoMayNotChange(principal);
  return { actor, owner: principal.workspaceId, run };
}

function refuseWhoDoesNotOperate({ operator }: UserPrincipal): void {
  if (!operator) throw new FailureError(failure("permission_denied", { publicText: "Only operators can change what all workspaces share." }));
}

/** What the platform shares belongs to everyone, so that only operators change it. */
export const operating = inWorkspace.use(({ ctx, next }) => {
  refuseWhoDoesNotOperate(ctx.principal);
  return next();
});
