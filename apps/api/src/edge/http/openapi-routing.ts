/** The OpenAPI description of operators' work on groups, aliases and routing. */
import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { aliasPut, groupBody, groupPut, routingBody } from "../../catalog/edit-inputs.ts";
import { cascade, done, ifMatch, inPath } from "./openapi-edit-parts.ts";
import { byOperator, errors, json } from "./openapi-parts.ts";

const revision = z.string().describe("Names this state; send it back as If-Match to change nothing that somebody else changed meanwhile");
/** What goes in, with what comes out beside it; a keyword alone is any text. */
const group = z.looseObject({ name: z.string(), strategy: z.string().optional(), targets: groupBody.shape.targets, revision });
const routing = z.looseObject({ revision });
const alias = z.object({ name: z.string(), model: z.string() });
const body = (schema: z.ZodType) => ({ required: true, content: { "application/json": { schema } } });
const groupName = inPath("name", "The name of the group");

export const routingPaths: ZodOpenApiPathsObject = {
  "/api/admin/groups": {
    get: {
      operationId: "listGroups",
      summary: "The platform's groups, in the shape of the configuration file",
      security: byOperator,
      responses: { "200": json(z.object({ groups: z.array(group) }), "The groups"), ...errors(401, 403) },
    },
  },
  "/api/admin/groups/{name}": {
    get: {
      operationId: "getGroup",
      summary: "One group",
      security: byOperator,
      parameters: [groupName],
      responses: { "200": json(group, "The group"), ...errors(401, 403, 404) },
    },
    put: {
      operationId: "putGroup",
      summary: "Creates a group, or makes it as the body says, whole; another name in the body renames it",
      security: byOperator,
      parameters: [groupName, ifMatch],
      requestBody: body(groupPut),
      responses: { "200": json(group, "Changed"), "201": json(group, "Created"), ...errors(400, 401, 403, 404, 409) },
    },
    delete: {
      operationId: "deleteGroup",
      summary: "Deletes a group",
      security: byOperator,
      parameters: [groupName, ifMatch, cascade],
      responses: { "200": done, ...errors(401, 403, 404, 409) },
    },
  },
  "/api/admin/aliases": {
    get: {
      operationId: "listAliases",
      summary: "The platform's aliases",
      security: byOperator,
      responses: { "200": json(z.object({ aliases: z.array(alias) }), "The aliases"), ...errors(401, 403) },
    },
  },
  "/api/admin/aliases/{name}": {
    put: {
      operationId: "putAlias",
      summary: "Creates an alias or changes what it stands for",
      security: byOperator,
      parameters: [inPath("name", "The alias; it may have slashes")],
      requestBody: body(aliasPut),
      responses: { "200": json(alias, "Changed"), "201": json(alias, "Created"), ...errors(400, 401, 403) },
    },
    delete: {
      operationId: "deleteAlias",
      summary: "Deletes an alias",
      security: byOperator,
      parameters: [inPath("name", "The alias; it may have slashes")],
      responses: { "200": done, ...errors(401, 403, 404) },
    },
  },
  "/api/admin/routing": {
    get: {
      operationId: "getRouting",
      summary: "What holds for all groups that do not say otherwise",
      security: byOperator,
      responses: { "200": json(routing, "The settings"), ...errors(401, 403) },
    },
    put: {
      operationId: "putRouting",
      summary: "Replaces what holds for all groups; what is left out is as built in",
      security: byOperator,
      parameters: [ifMatch],
      requestBody: body(routingBody),
      responses: { "200": json(routing, "The settings"), ...errors(400, 401, 403, 409) },
    },
  },
  "/api/admin/changes": {
    get: {
      operationId: "listChanges",
      summary: "Who changed what of providers, models, groups, aliases and routing, newest first",
      security: byOperator,
      parameters: [
        { name: "cursor", in: "query", required: false, schema: { type: "string" as const } },
        { name: "limit", in: "query", required: false, schema: { type: "integer", minimum: 1, maximum: 200, default: 50 } },
      ],
      responses: {
        "200": json(
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
        ...errors(400, 401, 403),
      },
    },
  },
  "/api/admin/changes/{id}/undo": {
    post: {
      operationId: "undoChange",
      summary: "Takes a change back, unless it was changed again since; a price that is taken back is a new price from now on",
      security: byOperator,
      parameters: [inPath("id", "The change")],
      responses: {
        "200": json(z.object({ ok: z.literal(true), notPutBack: z.array(z.string()) }), "Taken back, but for what is named"),
        ...errors(401, 403, 404, 409),
      },
    },
  },
};
