/** What people send to change groups, aliases and routing: over REST in the shape of the configuration file, over tRPC as it is stored. */
import * as z from "zod";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import { aliasModel, aliasName, catalogName, groupTarget } from "./config-file.ts";
import { failureKeywords, ownerFields, ownerSettings, routingFields, routingSettings, settingsAfter, ownerSettingsAfter } from "./routing-settings.ts";
import type { GroupState } from "./stored-group.pg.ts";
import type { OwnerState } from "./stored-routing.pg.ts";

const targets = z.array(groupTarget).max(100);
const revision = z.string().max(64).optional();
const withPlaces = (list: z.output<typeof targets>): GroupState["targets"] =>
  list.map(({ provider, model, priority = 1, weight = 1 }) => ({ provider, model, priority, weight }));

/** A group whole, as the configuration file has it: what is left out is as for all groups. */
export const groupBody = z.strictObject({ name: catalogName, strategy: z.enum(STRATEGIES).optional(), targets, ...routingFields });
export const groupOfBody = ({ name, strategy, targets: list, failureKeywords: words = [], ...written }: z.output<typeof groupBody>): GroupState => ({
  name,
  strategy,
  settings: settingsAfter(written, {}),
  failureKeywords: words,
  targets: withPlaces(list),
});

/** The same as a form has it. */
export const groupState = z
  .strictObject({ name: catalogName, strategy: z.enum(STRATEGIES).optional(), settings: routingSettings, failureKeywords, targets })
  .transform((group): GroupState => ({ ...group, targets: withPlaces(group.targets) }));
export const groupAsk = { was: catalogName.optional(), revision, keepOldName: z.boolean().optional() };

export const aliasState = z.strictObject({ name: aliasName, model: aliasModel });
export const aliasAsk = { seen: z.string().max(300).nullable().optional() };

/** What holds for all groups, whole. */
export const routingBody = z.strictObject(ownerFields);
export const routingOfBody = ({ failureKeywords: words = [], ...written }: z.output<typeof routingBody>): OwnerState => ({
  settings: ownerSettingsAfter(written, {}),
  failureKeywords: words,
});
export const routingState = z.strictObject({ settings: ownerSettings, failureKeywords });
export const routingAsk = { revision };

/** Over REST the address names what is changed: the body of a group may leave its name out, and another name in it renames the group. */
export const groupPut = groupBody.extend({ name: catalogName.optional(), keepOldName: z.boolean().optional() });
export const aliasPut = z.strictObject({ model: aliasModel });

/** A page of the account of changes. */
export const changesQuery = z.object({
  cursor: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
