/** The procedures that show and change aliases. */
import * as z from "zod";
import { listAliases } from "@switchyard/db/queries/catalog";
import { aliasAsk, aliasState } from "../../../catalog/edit-inputs.ts";
import { editorOf } from "../editor.ts";
import { aliasRow } from "../schemas/routing-rows.ts";
import { inWorkspace, router } from "../trpc.ts";

const place = { shared: z.boolean() };

export const aliasesRouter = router({
  list: inWorkspace
    .output(z.array(aliasRow))
    .query(async ({ ctx }) => (await ctx.run(listAliases)).map((row) => ({ ...row, fromFile: row.shared && ctx.ports.fromFile("alias", row.name) }))),

  save: inWorkspace.input(z.object({ ...place, ...aliasAsk, alias: aliasState })).mutation(async ({ ctx, input: { shared, alias, ...ask } }) => {
    await ctx.ports.catalogEdit.saveAlias(editorOf(ctx, shared), alias, ask);
  }),

  remove: inWorkspace
    .input(z.object({ ...place, ...aliasAsk, name: z.string().min(1).max(200) }))
    .mutation(async ({ ctx, input: { shared, name, ...ask } }) => {
      await ctx.ports.catalogEdit.removeAlias(editorOf(ctx, shared), name, ask);
    }),
});
