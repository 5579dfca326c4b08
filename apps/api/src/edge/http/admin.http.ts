/** `/api/admin/*`: what operators ask of the whole installation, with an operator key; each use is in the audit log. */
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { sql, type Kysely } from "kysely";
import type pg from "pg";
import * as z from "zod";
import { asOperator, PLATFORM_WORKSPACE, type OperatorTx } from "@switchyard/db/as-principal.pg";
import { auditCatalog } from "@switchyard/db/catalog-audit";
import { findCaller, listEntriesOf, listWallets } from "@switchyard/db/queries/admin";
import type { Database } from "@switchyard/db/schema";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, parseId, type Ids } from "@switchyard/shared/kernel/id";
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from "../../identity/session.ts";
import type { CatalogEdit } from "../../catalog/catalog-edit.pg.ts";
import type { CatalogWork } from "../../catalog/catalog-work.pg.ts";
import { addCatalogRoutes } from "./admin-catalog.http.ts";
import { addProviderRoutes } from "./admin-providers.http.ts";
import { addRoutingRoutes } from "./admin-routing.http.ts";
import { authenticate, type AuthenticatePorts } from "./authenticate.ts";
import { sendFailure } from "./error-body.ts";
import { explainFor, parseRouteAsk, type DryRunPorts } from "../dry-run.ts";
import { CONTROL_BODY_MAX, readJson } from "./read-body.ts";

export interface AdminPorts extends AuthenticatePorts {
  readonly ops: pg.Pool;
  readonly worker: Kysely<Database>;
  readonly ids: Ids;
  readonly catalogWork: CatalogWork;
  readonly catalogEdit: CatalogEdit;
  /** Applies a configuration as its JSON says. @returns one line for each change */
  readonly applyConfig: (raw: unknown, actor: string) => Promise<string[]>;
  readonly exportConfig: () => Promise<unknown>;
  readonly dryRun: DryRunPorts;
  /** Sets a person's password and ends their sessions. @returns false when there is no such person */
  readonly setPassword: (email: string, password: string) => Promise<boolean>;
}

export function adminRouter(ports: AdminPorts): Router {
  const router = express.Router();
  const use = <T>(res: Response, verb: string, object: string, work: (tx: OperatorTx) => Promise<T>): Promise<T> =>
    asOperator(ports.ops, { actor: actorOf(res), verb, object, auditId: ports.ids.next("audit") }, work);

  router.use(async (req: Request, res: Response, next: NextFunction) => {
    const principal = await authenticate(ports, req, "operator");
    if (!principal.ok) return sendFailure(res, principal.failure);
    res.locals["principal"] = principal.value;
    next();
  });

  router.get("/wallets", async (_req, res) => {
    const wallets = await use(res, "wallets.read", "all", listWallets);
    res.json({
      wallets: wallets.map((wallet) => ({
        workspaceId: formatId("workspace", wallet.workspaceId),
        workspace: wallet.workspace,
        posted: wallet.posted.toString(),
        held: wallet.held.toString(),
        available: wallet.available.toString(),
        frozen: wallet.frozen,
      })),
    });
  });

  router.get("/wallets/:workspaceId/entries", async (req, res) => {
    const workspaceId = parseId("workspace", req.params.workspaceId);
    const cursor: unknown = req.query["cursor"];
    const limit = pageSize(req.query["limit"]);
    if (!workspaceId) return sendFailure(res, failure("not_found"));
    if (limit === undefined) return sendFailure(res, failure("invalid_request", { param: "limit", publicText: "limit must be a whole number from 1 to 200." }));
    const before = typeof cursor === "string" && cursor !== "" ? parseId("entry", cursor) : undefined;
    if (cursor !== undefined && cursor !== "" && !before)
      return sendFailure(res, failure("invalid_request", { param: "cursor", publicText: "This cursor is not one of ours." }));
    const page = await use(res, "entries.read", formatId("workspace", workspaceId), (tx) => listEntriesOf(tx, { workspaceId, before, limit }));
    if (page === "no such workspace") return sendFailure(res, failure("not_found"));
    if (page === "no such cursor") return sendFailure(res, failure("invalid_request", { param: "cursor", publicText: "This cursor is not one of ours." }));
    res.json({
      entries: page.items.map((entry) => ({
        id: formatId("entry", entry.id),
        at: entry.at.toISOString(),
        kind: entry.kind,
        amount: entry.amount.toString(),
        counterAccount: entry.counterAccount,
        callId: entry.callId ? formatId("call", entry.callId) : null,
        actor: entry.actor ?? null,
        reason: entry.reason ?? null,
      })),
      nextCursor: page.next ? formatId("entry", page.next) : null,
    });
  });

  router.get("/invariants", async (_req, res) => {
    await use(res, "invariants.check", "all", async () => undefined);
    // By the worker, whose queries may take longer: a large ledger is read whole.
    const ledger = (await sql<{ invariant: string; detail: string }>`select invariant, detail from ledger.violations()`.execute(ports.worker)).rows;
    const isolation = await auditCatalog(ports.worker);
    const violations = [...ledger, ...isolation.map((one) => ({ invariant: `I21 ${one.rule}`, detail: one.detail }))];
    res.json({ ok: violations.length === 0, violations });
  });

  router.get("/config", async (_req, res) => {
    await use(res, "config.export", "all", async () => undefined);
    res.json(await ports.exportConfig());
  });

  router.post("/config", async (req, res) => {
    const json = await readJson(req, CONFIG_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const changes = await ports.applyConfig(json.value, actorOf(res));
    res.json({ changes });
  });
  router.post("/route", async (req, res) => {
    const json = await readJson(req, CONTROL_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const ask = parseRouteAsk(json.value);
    if (!ask.ok) return sendFailure(res, ask.failure);
    const { key } = ask.value;
    const caller = await use(res, "route.explain", key ?? "platform", async (tx) => (key === undefined ? undefined : findCaller(tx, key)));
    if (key !== undefined && !caller)
      return sendFailure(res, failure("not_found", { param: "key", publicText: "There is no such workspace or key. Name it as workspace, or workspace/key." }));
    const explained = await explainFor(ports.dryRun, ask.value, caller ?? { workspaceId: PLATFORM_WORKSPACE, groups: undefined });
    if (!explained.ok) return sendFailure(res, explained.failure);
    res.json(explained.value);
  });
  router.post("/password", async (req, res) => {
    const json = await readJson(req, CONTROL_BODY_MAX);
    if (!json.ok) return sendFailure(res, json.failure);
    const parsed = passwordChange.safeParse(json.value);
    if (!parsed.success)
      return sendFailure(res, failure("invalid_request", { publicText: `Give an email and a password of ${PASSWORD_LENGTH_MIN} characters or more.` }));
    const { email, password } = parsed.data;
    await use(res, "password.set", email, async () => undefined);
    if (!(await ports.setPassword(email, password))) return sendFailure(res, failure("not_found", { publicText: "There is nobody with this address." }));
    res.json({ ok: true });
  });
  addCatalogRoutes(router, ports.catalogWork, actorOf);
  addProviderRoutes(router, ports.catalogEdit, actorOf);
  addRoutingRoutes(router, ports.catalogEdit, actorOf);
  return router;
}

const passwordChange = z.strictObject({
  email: z
    .string()
    .min(3)
    .max(320)
    .transform((text) => text.toLowerCase()),
  password: z.string().min(PASSWORD_LENGTH_MIN).max(PASSWORD_LENGTH_MAX),
});
const CONFIG_BODY_MAX = 16 * CONTROL_BODY_MAX;
const PAGE_MAX = 200;
const PAGE_DEFAULT = 50;

function pageSize(asked: unknown): number | undefined {
  if (asked === undefined) return PAGE_DEFAULT;
  const size = typeof asked === "string" && /^\d{1,4}$/.test(asked) ? Number(asked) : 0;
  return size >= 1 && size <= PAGE_MAX ? size : undefined;
}

const actorOf = (res: Response): string => `key:${(res.locals["principal"] as KeyPrincipal).keyName}`;
