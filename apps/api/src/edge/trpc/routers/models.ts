/** The procedures by which operators import models, change them and renew their prices. */
import * as z from "zod";
import { IMPORT_RUN } from "@switchyard/shared/wire/console/imports";
import { importWish, modelChange, priceRefresh } from "../../../catalog/catalog-inputs.ts";
import { operating } from "../editor.ts";
import { importProgress } from "../import-progress.ts";
import { readId } from "../page-input.ts";
import { showImport } from "../present.ts";
import { unwrap } from "../refusal.ts";
import { importOutcome, importProgressRow, refreshedPrices } from "../schemas/import-rows.ts";
import { auditOf, router } from "../trpc.ts";

export const modelsRouter = router({
  previewImport: operating
    .input(z.object({ wish: importWish }))
    .output(importOutcome)
    .mutation(async ({ ctx, input }) => {
      const { provider, ...wish } = input.wish;
      return showImport(unwrap(await ctx.ports.catalogWork.preview(provider, wish)));
    }),

  /** `run` is the client's own name for this import, under which it may listen to its progress. */
  import: operating
    .input(z.object({ wish: importWish, run: z.string().regex(IMPORT_RUN) }))
    .output(importOutcome)
    .mutation(async ({ ctx, input }) => {
      const { provider, ...wish } = input.wish;
      const { actor } = auditOf(ctx, ctx.principal);
      const { bus, catalogWork } = ctx.ports;
      const { workspaceId } = ctx.principal;
      const tell = (phase: "reading" | "writing" | "done", counts: { done: number; total: number }): void =>
        bus.publish({ kind: "import.progress", workspaceId, run: input.run, phase, ...counts });
      try {
        return showImport(
          unwrap(
            await catalogWork.import(provider, wish, actor, (progress) =>
              progress.phase === "reading" ? tell("reading", { done: progress.models, total: 0 }) : tell("writing", progress),
            ),
          ),
        );
      } finally {
        tell("done", { done: 0, total: 0 });
      }
    }),

  importProgress: operating.input(z.object({ run: z.string().regex(IMPORT_RUN) })).subscription(async function* ({ ctx, input, signal }) {
    for await (const progress of importProgress(ctx, { run: input.run, signal })) yield importProgressRow.parse(progress);
  }),

  undoImport: operating
    .input(z.object({ importId: z.string().max(64) }))
    .output(z.object({ models: z.int(), aliases: z.int() }))
    .mutation(async ({ ctx, input }) => unwrap(await ctx.ports.catalogWork.undo(readId("audit", input.importId), auditOf(ctx, ctx.principal).actor))),

  change: operating
    .input(z.object({ id: z.string().max(64), change: modelChange }))
    .output(z.array(z.string()))
    .mutation(async ({ ctx, input }) => [
      ...unwrap(await ctx.ports.catalogWork.change(readId("model", input.id), input.change, auditOf(ctx, ctx.principal).actor)),
    ]),

  refreshPrices: operating
    .input(z.object({ ask: priceRefresh }))
    .output(refreshedPrices)
    .mutation(async ({ ctx, input }) => unwrap(await ctx.ports.catalogWork.refreshPrices(input.ask, auditOf(ctx, ctx.principal).actor))),
});
