/** `/api/admin/groups*`, `aliases*`, `routing` and `changes*`: what operators change of routing, in the shape of the configuration file. */
import type { Response, Router } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatId, parseId } from "@switchyard/shared/kernel/id";
import type { CatalogEdit } from "../../catalog/catalog-edit.pg.ts";
import { aliasName, catalogName } from "../../catalog/config-file.ts";
import { aliasPut, changesQuery, groupOfBody, groupPut, routingBody, routingOfBody } from "../../catalog/edit-inputs.ts";
import { plain, revisionOf } from "../../catalog/revision.ts";
import { keywordsWritten, settingsWritten } from "../../catalog/routing-settings.ts";
import type { GroupState } from "../../catalog/stored-group.pg.ts";
import type { OwnerState } from "../../catalog/stored-routing.pg.ts";
import { sendFailure } from "./error-body.ts";
import { readAsked, seenRevision, wholeName } from "./read-asked.ts";
import { CONTROL_BODY_MAX, readJson } from "./read-body.ts";

export const ROUTING_ROUTES = {
  "/api/admin/groups": "GET, HEAD",
  "/api/admin/groups/:name": "GET, HEAD, PUT, DELETE",
  "/api/admin/aliases": "GET, HEAD",
  "/api/admin/aliases/{*name}": "PUT, DELETE",
  "/api/admin/routing": "GET, HEAD, PUT",
  "/api/admin/changes": "GET, HEAD",
  "/api/admin/changes/:id/undo": "POST",
} as const;

export function addRoutingRoutes(router: Router, edit: CatalogEdit, actorOf: (res: Response) => string): void {
  const editor = (res: Response) => edit.platform(actorOf(res));
  addGroups(router, edit, editor);
  addAliases(router, edit, editor);

  router.get("/routing", async (_req, res) => void res.json(writtenRouting(await edit.routing(editor(res)))));
  router.put("/routing", async (req, res) => {
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), routingBody);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const state = plain(routingOfBody(asked.value));
    await edit.saveRouting(editor(res), state, { revision: seenRevision(req) });
    res.json(writtenRouting(state));
  });

  router.get("/changes", async (req, res) => {
    const asked = readAsked({ ok: true, value: { ...req.query } }, changesQuery);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const { limit, cursor } = asked.value;
    const before = cursor === undefined ? undefined : parseId("audit", cursor);
    if (cursor !== undefined && !before)
      return sendFailure(res, failure("invalid_request", { param: "cursor", publicText: "This cursor is not one of ours." }));
    const rows = await edit.changes({ before, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    res.json({
      changes: shown.map(({ id, at, undoes, ...change }) => ({ id: formatId("audit", id), at: at.toISOString(), ...change, undoes: undoes ?? null })),
      nextCursor: rows.length > limit && shown.length > 0 ? formatId("audit", (shown.at(-1) as (typeof shown)[number]).id) : null,
    });
  });
  router.post("/changes/:id/undo", async (req, res) => {
    const id = parseId("audit", req.params.id);
    if (!id) return sendFailure(res, failure("not_found", { param: "id", publicText: "There is no such change." }));
    res.json({ ok: true, notPutBack: await edit.undo(editor(res), id) });
  });
}

type EditorOf = (res: Response) => ReturnType<CatalogEdit["platform"]>;
const noGroup = (name: string) => failure("not_found", { param: "name", publicText: `There is no group named ${name.slice(0, 100)}.` });

function addGroups(router: Router, edit: CatalogEdit, editor: EditorOf): void {
  router.get("/groups", async (_req, res) => void res.json({ groups: (await edit.groups(editor(res))).map(writtenGroup) }));
  router.get("/groups/:name", async (req, res) => {
    const state = await edit.group(editor(res), req.params.name);
    if (!state) return sendFailure(res, noGroup(req.params.name));
    res.json(writtenGroup(state));
  });
  router.put("/groups/:name", async (req, res) => {
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), groupPut);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const named = catalogName.safeParse(req.params.name);
    if (!named.success)
      return sendFailure(res, failure("invalid_request", { param: "name", publicText: "name must be 1 to 63 letters, digits, dots, dashes or underscores." }));
    const { keepOldName, name = named.data, ...body } = asked.value;
    const was = (await edit.group(editor(res), named.data)) === undefined ? undefined : named.data;
    if (was === undefined && name !== named.data) return sendFailure(res, noGroup(named.data));
    const state = await edit.saveGroup(editor(res), groupOfBody({ ...body, name }), { was, revision: seenRevision(req), keepOldName });
    res.status(was === undefined ? 201 : 200).json(writtenGroup(state));
  });
  router.delete("/groups/:name", async (req, res) => {
    await edit.deleteGroup(editor(res), req.params.name, { revision: seenRevision(req), cascade: req.query["cascade"] === "true" });
    res.json({ ok: true });
  });
}

function addAliases(router: Router, edit: CatalogEdit, editor: EditorOf): void {
  router.get("/aliases", async (_req, res) => void res.json({ aliases: await edit.aliases(editor(res)) }));
  router.put("/aliases/{*name}", async (req, res) => {
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), aliasPut);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const name = aliasName.safeParse(wholeName(req));
    if (!name.success) return sendFailure(res, failure("invalid_request", { param: "name", publicText: "name must be 1 to 200 characters without spaces." }));
    const alias = { name: name.data, model: asked.value.model };
    const isNew = await edit.saveAlias(editor(res), alias, {});
    res.status(isNew ? 201 : 200).json(alias);
  });
  router.delete("/aliases/{*name}", async (req, res) => {
    await edit.removeAlias(editor(res), wholeName(req), {});
    res.json({ ok: true });
  });
}

const writtenGroup = (state: GroupState): Record<string, unknown> => ({
  name: state.name,
  ...(state.strategy === undefined ? {} : { strategy: state.strategy }),
  targets: state.targets,
  ...settingsWritten(state.settings),
  ...(state.failureKeywords.length > 0 ? { failureKeywords: keywordsWritten(state.failureKeywords) } : {}),
  revision: revisionOf(state),
});

const writtenRouting = (state: OwnerState): Record<string, unknown> => ({
  ...settingsWritten(state.settings),
  ...(state.failureKeywords.length > 0 ? { failureKeywords: keywordsWritten(state.failureKeywords) } : {}),
  revision: revisionOf(state),
});
