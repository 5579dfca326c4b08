/** The procedures about what holds for all groups: shown, changed, taken back; and what a name means. */
import * as z from "zod";
import { platformRouting } from "@switchyard/db/queries/catalog";
import { getKey } from "@switchyard/db/queries/keys";
import { formatId } from "@switchyard/shared/kernel/id";
import { routingAsk, routingState } from "../../../catalog/edit-inputs.ts";
import { NOTHING_SET } from "../../../catalog/edit-routing.pg.ts";
import { revisionOf } from "../../../catalog/revision.ts";
import { explainFor, routeAsk } from "../../dry-run.ts";
import { editorOf, operating } from "../editor.ts";
import { pageInput, pageOf, readCursor, readId } from "../page-input.ts";
import { found, unwrap } from "../refusal.ts";
import { page } from "../schemas/rows.ts";
import { changeRow, explainedRow, routingRow } from "../schemas/routing-rows.ts";
import { inWorkspace, router } from "../trpc.ts";

export const routingRouter = router({
  get: inWorkspace.output(routingRow).query(async ({ ctx }) => {
    const state = (await ctx.run(platformRouting)) ?? NOTHING_SET;
    return { ...state, revision: revisionOf(state), fromFile: ctx.ports.fromFile("routing", ""), builtin: ctx.ports.routingDefaults };
  }),

  save: operating.input(z.object({ ...routingAsk, routing: routingState })).mutation(async ({ ctx, input: { routing, ...ask } }) => {
    await ctx.ports.catalogEdit.saveRouting(editorOf(ctx, true), routing, ask);
  }),

  changes: operating
    .input(z.object(pageInput))
    .output(page(changeRow))
    .query(async ({ ctx, input }) => {
      const rows = await ctx.ports.catalogEdit.changes({ before: readCursor("audit", input.cursor), limit: input.limit + 1 });
      const items = rows.slice(0, input.limit);
      return pageOf("audit", { items, next: rows.length > input.limit ? items.at(-1)?.id : undefined }, ({ id, ...row }) => ({
        ...row,
        id: formatId("audit", id),
        fields: [...row.fields],
        notPutBack: [...row.notPutBack],
      }));
    }),

  /** @returns what of it is not put back, by name */
  undo: operating
    .input(z.object({ id: z.string().max(64) }))
    .output(z.array(z.string()))
    .mutation(async ({ ctx, input }) => [...(await ctx.ports.catalogEdit.undo(editorOf(ctx, true), readId("audit", input.id)))]),

  /** The same as `switchyard route`, for the workspace and, where one is named, one of its keys. */
  explain: inWorkspace
    .input(z.object({ ask: routeAsk.omit({ key: true }), key: z.string().max(64).optional() }))
    .output(explainedRow)
    .query(async ({ ctx, input: { ask, key } }) => {
      const { workspaceId } = ctx.principal;
      const groups = key === undefined ? undefined : found(await ctx.run((tx) => getKey(tx, readId("key", key)))).groups;
      const explained = unwrap(await explainFor(ctx.ports.dryRun, ask, { workspaceId, groups }));
      return { ...explained, at: new Date(explained.at) };
    }),
});
