/** `/api/admin/providers*` and `/api/admin/models*`: providers and their models, in the shape of the configuration file. */
import type { Request, Response, Router } from "express";
import { failure } from "@switchyard/shared/kernel/failure";
import { formatUsd, nano } from "@switchyard/shared/kernel/money";
import type { CatalogEdit } from "../../catalog/catalog-edit.pg.ts";
import { catalogName, modelId } from "../../catalog/config-file.ts";
import { modelChange } from "../../catalog/catalog-inputs.ts";
import { providerPut } from "../../catalog/edit-inputs.ts";
import type { ShownProvider } from "../../catalog/stored-provider.pg.ts";
import { sendFailure } from "./error-body.ts";
import { readAsked, seenRevision, wholeName } from "./read-asked.ts";
import { CONTROL_BODY_MAX, readJson } from "./read-body.ts";

export const PROVIDER_ROUTES = {
  "/api/admin/providers": "GET, HEAD",
  "/api/admin/providers/:name": "GET, HEAD, PUT, DELETE",
  "/api/admin/providers/:name/test": "POST",
  "/api/admin/models/{*name}": "PUT, DELETE",
} as const;

const noProvider = (name: string) => failure("not_found", { param: "name", publicText: `There is no provider named ${name.slice(0, 100)}.` });

export function addProviderRoutes(router: Router, edit: CatalogEdit, actorOf: (res: Response) => string): void {
  const editor = (res: Response) => edit.platform(actorOf(res));
  router.get("/providers", async (_req, res) => void res.json({ providers: (await edit.providers(editor(res))).map(written) }));
  router.get("/providers/:name", async (req, res) => {
    const provider = await edit.provider(editor(res), req.params.name);
    if (!provider) return sendFailure(res, noProvider(req.params.name));
    res.json(written(provider));
  });
  router.put("/providers/:name", async (req, res) => {
    const named = catalogName.safeParse(req.params.name);
    if (!named.success)
      return sendFailure(res, failure("invalid_request", { param: "name", publicText: "name must be 1 to 63 letters, digits, dots, dashes or underscores." }));
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), providerPut);
    if (!asked.ok) return sendFailure(res, asked.failure);
    const was = (await edit.provider(editor(res), named.data)) === undefined ? undefined : named.data;
    const wish = { ...asked.value, name: asked.value.name ?? named.data };
    if (was === undefined && wish.name !== named.data) return sendFailure(res, noProvider(named.data));
    await edit.saveProvider(editor(res), wish, { was, revision: seenRevision(req) });
    const after = await edit.provider(editor(res), wish.name);
    if (!after) return sendFailure(res, noProvider(wish.name));
    res.status(was === undefined ? 201 : 200).json(written(after));
  });
  router.delete("/providers/:name", async (req, res) => {
    await edit.deleteProvider(editor(res), req.params.name, { revision: seenRevision(req), cascade: isCascade(req) });
    res.json({ ok: true });
  });
  router.post("/providers/:name/test", async (req, res) => {
    const provider = await edit.provider(editor(res), req.params.name);
    if (!provider) return sendFailure(res, noProvider(req.params.name));
    const { name: was, kind, baseUrl, headers } = provider.state;
    const { failure: wrong, status, models, ms } = await edit.testProvider({ was, kind, baseUrl, headers });
    res.json({ ok: wrong === undefined, failure: wrong ?? null, status: status ?? null, models: models ?? null, ms });
  });

  router.put("/models/{*name}", async (req, res) => {
    const place = placeOfModel(req);
    if (!place) return sendFailure(res, NO_MODEL_NAME);
    const asked = readAsked(await readJson(req, CONTROL_BODY_MAX), modelChange);
    if (!asked.ok) return sendFailure(res, asked.failure);
    await edit.saveModel(editor(res), place.provider, { ...asked.value, id: place.model }, false);
    res.json({ ok: true });
  });
  router.delete("/models/{*name}", async (req, res) => {
    const place = placeOfModel(req);
    if (!place) return sendFailure(res, NO_MODEL_NAME);
    await edit.deleteProvider(editor(res), place.provider, { model: place.model, cascade: isCascade(req) });
    res.json({ ok: true });
  });
}

const NO_MODEL_NAME = failure("invalid_request", { param: "name", publicText: "Name the model as provider/model." });
const isCascade = (req: Request): boolean => req.query["cascade"] === "true";

function placeOfModel(req: Request): { readonly provider: string; readonly model: string } | undefined {
  const [provider = "", ...rest] = wholeName(req).split("/");
  const model = modelId.safeParse(rest.join("/"));
  return catalogName.safeParse(provider).success && model.success ? { provider, model: model.data } : undefined;
}

function written({ state, keys, revision }: ShownProvider): Record<string, unknown> {
  const { limits, local, probeSeconds, responses, ...rest } = state;
  return {
    ...rest,
    limits: limits.map(({ kind, max, windowSeconds }) => ({
      kind,
      max: kind === "cost" ? formatUsd(nano(BigInt(max))) : max,
      ...(kind === "concurrency" ? {} : { windowSeconds }),
    })),
    ...(local === null ? {} : { local }),
    ...(probeSeconds === null ? {} : { probeSeconds }),
    ...(responses === null ? {} : { responses }),
    hasKey: keys.length > 0,
    keys,
    revision,
  };
}
