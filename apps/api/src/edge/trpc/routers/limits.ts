/** The procedures that show and set the limits of a workspace and its members; those of keys are among the keys' own. */
import * as z from "zod";
import { writeAudit } from "@switchyard/db/queries/audit";
import { getLimits, keyLimits, setMemberLimits, setWorkspaceLimits, type StoredLimits } from "@switchyard/db/queries/limits";
import { limitsSchema } from "@switchyard/shared/domain/limit-schema";
import { failure, FailureError } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import type { PlatformLimitsRow, WorkspaceLimits } from "@switchyard/shared/wire/console/limits";
import { PAGE_ROWS_MAX } from "@switchyard/shared/wire/console/page";
import { keyBounds, memberBounds, workspaceBounds } from "../../../limits/caller-bounds.ts";
import { boundsOf } from "../../../limits/limiter.ts";
import type { TrpcContext } from "../context.ts";
import { operating } from "../editor.ts";
import { usageOf, type UsageOwner } from "../limit-usage.ts";
import { readId } from "../page-input.ts";
import { limitsUsage, platformLimitsRow, workspaceLimits } from "../schemas/rows.ts";
import { auditOf, changing, inWorkspace, router } from "../trpc.ts";

const show = ({ workspace, members }: StoredLimits): WorkspaceLimits => ({
  workspace,
  members: members.map((member) => ({ ...member, id: formatId("user", member.id) })),
});

async function showPlatform({ ports }: Pick<TrpcContext, "ports">): Promise<PlatformLimitsRow> {
  const { address, providers } = await ports.platformLimits.read();
  const owners = providers.map(({ id, limits }) => ({ id: formatId("provider", id), bounds: boundsOf("provider", id, limits) }));
  const usage = await usageOf(ports.limiter, owners, ports.clock.now());
  return { address, providers: providers.map(({ name, limits }, index) => ({ id: "", usage: [], ...usage[index], name, limits })) };
}

export const limitsRouter = router({
  get: inWorkspace.output(workspaceLimits).query(async ({ ctx }) => show(await ctx.run(getLimits))),

  usage: inWorkspace
    .input(z.object({ keys: z.array(z.string().max(64)).max(PAGE_ROWS_MAX).optional() }))
    .output(limitsUsage)
    .query(async ({ ctx, input }) => {
      const { workspaceId } = ctx.principal;
      const ids = (input.keys ?? []).map((id) => readId("key", id));
      const { workspace, members, keys } = await ctx.run(async (tx) => ({ ...(await getLimits(tx)), keys: await keyLimits(tx, ids) }));
      const usage = (owners: readonly UsageOwner[]) => usageOf(ctx.ports.limiter, owners, ctx.ports.clock.now());
      const limited = members.filter(({ limits }) => limits.length > 0);
      const [space] = await usage([{ id: workspaceId, bounds: workspaceBounds(workspaceId, workspace) }]);
      return {
        workspace: space?.usage ?? [],
        members: await usage(limited.map(({ id, limits }) => ({ id: formatId("user", id), bounds: memberBounds(workspaceId, id, limits) }))),
        keys: await usage(keys.map(({ id, limits }) => ({ id: formatId("key", id), bounds: keyBounds(id, limits) }))),
      };
    }),

  platform: operating.output(platformLimitsRow).query(async ({ ctx }) => showPlatform(ctx)),

  setAddress: operating
    .input(z.object({ limits: limitsSchema }))
    .output(platformLimitsRow)
    .mutation(async ({ ctx, input }) => {
      await ctx.ports.platformLimits.setAddress(input.limits, auditOf(ctx, ctx.principal).actor);
      ctx.ports.invalidateKeys();
      return showPlatform(ctx);
    }),

  setProvider: operating
    .input(z.object({ id: z.string().max(64), limits: limitsSchema }))
    .output(platformLimitsRow)
    .mutation(async ({ ctx, input }) => {
      const { actor } = auditOf(ctx, ctx.principal);
      if (!(await ctx.ports.platformLimits.setProvider(readId("provider", input.id), input.limits, actor))) throw new FailureError(failure("not_found"));
      return showPlatform(ctx);
    }),

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
