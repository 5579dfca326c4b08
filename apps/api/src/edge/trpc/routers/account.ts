/** The procedures of a person: signing in and out, who they are, their password. */
import * as z from "zod";
import { asPerson } from "@switchyard/db/as-principal.pg";
import { workspacesOf } from "@switchyard/db/queries/account";
import { formatId } from "@switchyard/shared/kernel/id";
import type { Account } from "@switchyard/shared/wire/console/account";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, type OpenedSession, type SignedIn } from "../../../identity/session.ts";
import type { TrpcContext } from "../context.ts";
import { unwrap } from "../refusal.ts";
import { account } from "../schemas/rows.ts";
import { plainText } from "../schemas/inputs.ts";
import { noSessionCookie, sessionCookie } from "../session-cookie.ts";
import { open, router, signedIn, whoIs } from "../trpc.ts";

const password = z.string().max(PASSWORD_LENGTH_MAX);

export const accountRouter = router({
  signIn: open
    .input(z.object({ email: plainText(320), password }))
    .output(account)
    .mutation(async ({ ctx, input }) => accountOf(ctx, await admit(ctx, unwrap(await ctx.ports.signIn.signIn(input, ctx))))),

  me: signedIn.output(account).query(({ ctx }) => accountOf(ctx, ctx.person)),

  signOut: signedIn.output(z.null()).mutation(async ({ ctx }) => {
    if (ctx.sessionToken !== undefined) await ctx.ports.sessions.end(ctx.sessionToken);
    ctx.setCookie(noSessionCookie(ctx.secure));
    return null;
  }),

  /** Ends every other session of the person; this one goes on under a new token. */
  changePassword: signedIn
    .input(z.object({ current: password, next: password.min(PASSWORD_LENGTH_MIN) }))
    .output(account)
    .mutation(async ({ ctx, input }) => {
      const { userId, email } = ctx.person;
      const opened = unwrap(await ctx.ports.signIn.changePassword({ userId, email, ...input }, ctx));
      if (ctx.sessionToken !== undefined) ctx.ports.sessions.forget(ctx.sessionToken);
      return accountOf(ctx, await admit(ctx, opened));
    }),
});

/** Hands the session to the browser. @returns whose it is */
async function admit(ctx: TrpcContext, opened: OpenedSession): Promise<SignedIn> {
  const person = await whoIs({ ...ctx, sessionToken: opened.token });
  ctx.setCookie(sessionCookie(opened.token, ctx.secure));
  return person;
}

async function accountOf(ctx: TrpcContext, person: SignedIn): Promise<Account> {
  const workspaces = await asPerson(ctx.ports.pool, person.userId, (tx) => workspacesOf(tx, person.userId));
  return {
    userId: formatId("user", person.userId),
    email: person.email,
    name: person.name,
    operator: person.operator,
    workspaces: workspaces.map(({ workspaceId, name, role }) => ({ workspaceId: formatId("workspace", workspaceId), name, role })),
  };
}
