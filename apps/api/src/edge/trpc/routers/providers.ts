/** The procedures that show providers with their models, and by which operators change them. */
import * as z from "zod";
import { listProviders } from "@switchyard/db/queries/catalog";
import { newModel, providerAsk, providerState, providerTest } from "../../../catalog/edit-inputs.ts";
import { editorOf, operating } from "../editor.ts";
import { showProvider } from "../present.ts";
import { found } from "../refusal.ts";
import { providerEdit, providerUses, testedProvider } from "../schemas/provider-rows.ts";
import { providerRow } from "../schemas/rows.ts";
import { inWorkspace, router } from "../trpc.ts";

const name = z.string().min(1).max(63);
/** One of its models alone. */
const model = z.string().min(1).max(200).optional();

export const providersRouter = router({
  list: inWorkspace.output(z.array(providerRow)).query(async ({ ctx }) => {
    const { role, operator } = ctx.principal;
    const reader = { mayEdit: role !== "member", operator };
    const health = { book: ctx.ports.health, now: ctx.ports.clock.now(), keysOf: ctx.ports.keysOf };
    return (await ctx.run(listProviders)).map((row) => showProvider(row, reader, health));
  }),

  /** A provider of the platform as an operator may change it: everything, and of its keys all but the secrets. */
  get: operating
    .input(z.object({ name }))
    .output(providerEdit)
    .query(async ({ ctx, input }) => {
      const { state, ...shown } = found(await ctx.ports.catalogEdit.provider(editorOf(ctx, true), input.name));
      return { ...state, ...shown, fromFile: ctx.ports.fromFile("provider", state.name) };
    }),

  save: operating.input(z.object({ ...providerAsk, provider: providerState })).mutation(async ({ ctx, input: { provider, ...ask } }) => {
    await ctx.ports.catalogEdit.saveProvider(editorOf(ctx, true), provider, ask);
  }),

  /** Changes nothing, and asks the provider whether it is there. */
  test: operating
    .input(z.object({ ask: providerTest }))
    .output(testedProvider)
    .mutation(async ({ ctx, input }) => ctx.ports.catalogEdit.testProvider(input.ask)),

  uses: operating
    .input(z.object({ name, model }))
    .output(providerUses)
    .query(async ({ ctx, input }) => found(await ctx.ports.catalogEdit.usesOfProvider(editorOf(ctx, true), input.name, input.model))),

  /** Deletes it with its models, or one of its models. */
  remove: operating
    .input(z.object({ name, model, revision: providerAsk.revision, cascade: z.boolean() }))
    .mutation(async ({ ctx, input: { name: doomed, ...ask } }) => {
      await ctx.ports.catalogEdit.deleteProvider(editorOf(ctx, true), doomed, ask);
    }),

  addModel: operating.input(z.object({ name, model: newModel })).mutation(async ({ ctx, input }) => {
    await ctx.ports.catalogEdit.saveModel(editorOf(ctx, true), input.name, input.model, true);
  }),
});
