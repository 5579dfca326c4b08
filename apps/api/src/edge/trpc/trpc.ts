/** Builds the ladder every procedure stands on: open to all, signed in, inside a workspace, able to change it. */
import { initTRPC } from "@trpc/server";
import * as z from "zod";
import { asPerson, asPrincipal, type PrincipalTx } from "@switchyard/db/as-principal.pg";
import { enterWorkspace } from "@switchyard/db/queries/account";
import { writeVisit } from "@switchyard/db/queries/audit";
import type { Role, UserPrincipal } from "@switchyard/shared/domain/principal";
import { FAILURES, FailureError, failure } from "@switchyard/shared/kernel/failure";
import { formatId } from "@switchyard/shared/kernel/id";
import type { SignedIn } from "../../identity/session.ts";
import type { TrpcContext } from "./context.ts";
import { failureOf, found, refusalShape, toTrpcError, unwrap } from "./refusal.ts";
import { transformer } from "./transformer.ts";

const t = initTRPC.context<TrpcContext>().create({
  transformer,
  isDev: false,
  // Subscriptions travel over WebSocket, whose sessions are watched.
  sse: { enabled: false },
  errorFormatter: ({ shape, error, ctx }) => {
    const { message, ...refusal } = refusalShape(error, ctx?.requestId);
    const row = FAILURES[refusal.failure];
    return {
      message,
      code: shape.code,
      data: { code: row.trpc, httpStatus: row.http, ...(shape.data.path === undefined ? {} : { path: shape.data.path }), ...refusal },
    };
  },
});

export const router = t.router;

/** Every refusal leaves with the code of its row in the table, whatever was thrown. */
const refusing = t.middleware(async ({ next }) => {
  const result = await next();
  if (
    !result.ok &&
    !(
      result.error.code === "BAD_REQUEST" ||
      (result.error.cause instanceof FailureError && FAILURES[result.error.cause.failure.code].trpc === result.error.code)
    )
  ) {
    throw toTrpcError(failureOf(result.error));
  }
  return result;
});

/**
 * Changes come only from pages of ours: SameSite cookies alone would let a sibling domain in. A WebSocket proved its
 * Origin when it was opened, but carries subscriptions and nothing else, for it cannot set cookies; and only it does.
 */
const honest = t.middleware(({ ctx, type, next }) => {
  if (type === "mutation" && !ctx.fromConsole) throw new FailureError(failure("cross_site"));
  if ((ctx.socket !== undefined) !== (type === "subscription")) throw new FailureError(failure("method_not_allowed"));
  return next();
});

/** 1: anyone. */
export const open = t.procedure.use(refusing).use(honest);

/** The person behind the request. @throws FailureError `not_signed_in` */
export async function whoIs(ctx: TrpcContext): Promise<SignedIn> {
  const person = ctx.sessionToken === undefined ? undefined : unwrap(await ctx.ports.sessions.resolve(ctx.sessionToken));
  if (!person) throw new FailureError(failure("not_signed_in"));
  return person;
}

/** 2: whoever is signed in. Asked anew for each call, since a socket outlives a session. */
export const signedIn = open.use(async ({ ctx, next }) => next({ ctx: { person: await whoIs(ctx) } }));

const workspaceName = z.string().max(63);

/** The person in the workspace. @throws FailureError `not_found` for one that is not theirs, exactly as for one that does not exist */
export async function enter(ctx: TrpcContext, person: SignedIn, name: string): Promise<{ principal: UserPrincipal; member: boolean }> {
  const space = found(await asPerson(ctx.ports.pool, person.userId, (tx) => enterWorkspace(tx, person.userId, name)));
  const { userId, email, operator } = person;
  return { principal: { kind: "user", workspaceId: space.workspaceId, userId, email, operator, role: space.role }, member: space.member };
}

/** 3: whoever may open the workspace that the input names. Its data is reached by `run` alone. */
export const inWorkspace = signedIn.input(z.object({ workspace: workspaceName })).use(async ({ ctx, input, type, path, next }) => {
  const { principal, member } = await enter(ctx, ctx.person, input.workspace);
  const run = <T>(work: (tx: PrincipalTx) => Promise<T>): Promise<T> => asPrincipal(ctx.ports.pool, principal, work);
  // What members change is written down by each procedure; that a stranger with power looked is written down here.
  if (!member && type !== "mutation")
    await run((tx) => writeVisit(tx, { ...auditOf(ctx, principal), verb: "workspace.visited", object: path }, ctx.ports.clock.now()));
  return next({ ctx: { principal, run } });
});

/** The part of an audit row that says who did it. */
export const auditOf = (ctx: TrpcContext, principal: UserPrincipal) => ({
  id: ctx.ports.ids.next("audit"),
  workspaceId: principal.workspaceId,
  actor: `user:${formatId("user", principal.userId)}`,
});

const CHANGERS: readonly Role[] = ["owner", "admin"];

/** 4: whoever may change the workspace: owners, admins and operators. */
export const changing = inWorkspace.use(({ ctx, next }) => {
  refuseWhoMayNotChange(ctx.principal);
  return next();
});

/** @throws FailureError `permission_denied` */
export function refuseWhoMayNotChange({ role }: UserPrincipal): void {
  if (!CHANGERS.includes(role)) throw new FailureError(failure("permission_denied", { publicText: "Only owners and admins of the workspace can do this." }));
}
