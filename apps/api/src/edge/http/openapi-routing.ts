/** The OpenAPI description of operators' work on groups, aliases and routing. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { aliasPut, groupBody, groupPut, routingBody } from "../../catalog/edit-inputs.ts";
import { cascade, done, ifMatch, inPath, operated } from "./openapi-edit-parts.ts";
import { json } from "./openapi-parts.ts";

const revision = z.string().describe("Names this state; send it back as If-Match to change nothing that somebody else changed meanwhile");
/** What goes in, with what comes out beside it; a keyword alone is any text. */
const group = z.looseObject({ name: z.string(), strategy: z.string().optional(), targets: groupBody.shape.targets, revision });
const routing = z.looseObject({ revision });
const alias = z.object({ name: z.string(), model: z.string() });
const groupName = inPath("name", "The name of the group");

export const routingPaths: ZodOpenApiPathsObject = {
  "/api/admin/groups": {
    get: operated("listGroups", "The platform's groups, in the shape of the configuration file", {
      gives: json(z.object({ groups: z.array(group) }), "The groups"),
    }),
  },
  "/api/admin/groups/{name}": {
    get: operated("getGroup", "One group", { parameters: [groupName], gives: json(group, "The group"), refuses: [404] }),
    put: operated("putGroup", "Creates a group, or makes it as the body says, whole; another name in the body renames it", {
      parameters: [groupName, ifMatch],
      takes: groupPut,
      gives: json(group, "Changed"),
      makes: json(group, "Created"),
      refuses: [400, 404, 409],
    }),
    delete: operated("deleteGroup", "Deletes a group", { parameters: [groupName, ifMatch, cascade], gives: done, refuses: [404, 409] }),
  },
  "/api/admin/aliases": {
    get: operated("listAliases", "The platform's aliases", { gives: json(z.object({ aliases: z.array(alias) }), "The aliases") }),
  },
  "/api/admin/aliases/{name}": {
    put: operated("putAlias", "Creates an alias or changes what it stands for", {
      parameters: [inPath("name", "The alias; it may have slashes")],
      takes: aliasPut,
      gives: json(alias, "Changed"),
      makes: json(alias, "Created"),
      refuses: [400],
    }),
    delete: operated("deleteAlias", "Deletes an alias", { parameters: [inPath("name", "The alias; it may have slashes")], gives: done, refuses: [404] }),
  },
  "/api/admin/routing": {
    get: operated("getRouting", "What holds for all groups that do not say otherwise", { gives: json(routing, "The settings") }),
    put: operated("putRouting", "Replaces what holds for all groups; what is left out is as built in", {
      parameters: [ifMatch],
      takes: routingBody,
      gives: json(routing, "The settings"),
      refuses: [400, 409],
    }),
  },
  "/api/admin/changes": {
    get: operated("listChanges", "Who changed what of providers, models, groups, aliases and routing, newest first", {
      parameters: [
        { name: "cursor", in: "query", required: false, schema: { type: "string" as const } },
        { name: "limit", in: "query", required: false, schema: { type: "integer", minimum: 1, maximum: 200, default: 50 } },
      ],
      gives: json(
        z.object({
          changes: z.array(
            z.object({
              id: z.string(),
              at: z.string(),
              actor: z.string(),
              verb: z.string(),
              object: z.string(),
              fields: z.array(z.string()),
              undoable: z.boolean(),
              notPutBack: z.array(z.string()).describe("What taking it back leaves as it is: secrets are written down nowhere"),
              undoes: z.string().nullable(),
            }),
          ),
          nextCursor: z.string().nullable(),
        }),
        "The changes",
      ),
      refuses: [400],
    }),
  },
  "/api/admin/changes/{id}/undo": {
    post: operated("undoChange", "Takes a change back, unless it was changed again since; a price that is taken back is a new price from now on", {
      parameters: [inPath("id", "The change")],
      gives: json(z.object({ ok: z.literal(true), notPutBack: z.array(z.string()) }), "Taken back, but for what is named"),
      refuses: [404, 409],
    }),
  },
};
