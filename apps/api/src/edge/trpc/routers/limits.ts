/** The procedures that show and set the limits of a workspace and its members; those of keys are among the keys' own. */
import * as z from "zod";
import { writeAudit } from "@switchyard/db/queries/audit";
import { getLimits, setMemberLimits, setWorkspaceLimits, type StoredLimits } from "@switchyard/db/queries/limits";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import type { WorkspaceLimits } from "@switchyard/shared/wire/console";
import { readId } from "../page-input.ts";
import { workspaceLimits } from "../schemas/rows.ts";
import { auditOf, changing, inWorkspace, router } from "../trpc.ts";

const show = ({ workspace, members }: StoredLimits): WorkspaceLimits => ({
  workspace,
  members: members.map((member) => ({ ...member, id: formatId("user", member.id) })),
});

export const limitsRouter = router({
  get: inWorkspace.output(workspaceLimits).query(async ({ ctx }) => show(await ctx.run(getLimits))),

  setWorkspace: changing
    .input(z.object({ limits: limitsSchema }))
    .output(workspaceLimits)
    .mutation(async ({ ctx, input }) => {
      const after = await ctx.run(async (tx) => {
        await setWorkspaceLimits(tx, input.limits);
        const object = formatId("workspace", ctx.principal.workspaceId);
        await writeAudit(tx, { ...auditOf(ctx, ctx.principal), verb: "workspace.limits", object, detail: { limits: JSON.stringify(input.limits) } });
        return getLimits(tx);
      });
      ctx.ports.invalidateKeys();
      return show(after);
    }),

  setMember: changing
    .input(z.object({ id: z.string().max(64), limits: limitsSchema }))
    .output(workspaceLimits)
    .mutation(async ({ ctx, input }) => {
      const id = readId("user", input.id);
      const after = await ctx.run(async (tx) => {
        if (!(await setMemberLimits(tx, id, input.limits))) throw new FailureError(failure("not_found"));
        await writeAudit(tx, { ...auditOf(ctx, ctx.principal), verb: "member.limits", object: input.id, detail: { limits: JSON.stringify(input.limits) } });
        return getLimits(tx);
      });
      ctx.ports.invalidateKeys();
      return show(after);
    }),
});
