/** What people send to change groups, aliases and routing: over REST in the shape of the configuration file, over tRPC as it is stored. */
import * as z from "zod";
import { STRATEGIES } from "@switchyard/shared/domain/strategy";
import { modelChange } from "./catalog-inputs.ts";
import { aliasModel, aliasName, catalogName, configuredProvider, groupTarget, KNOWN_BASE_URLS, modelId } from "./config-file.ts";
import { complaintAbout, editedKeys, wantedKeys } from "./provider-keys.ts";
import {
  failureKeywords,
  ownerFields,
  ownerSettings,
  probeSeconds,
  routingFields,
  routingSettings,
  settingsAfter,
  ownerSettingsAfter,
} from "./routing-settings.ts";
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

/** A provider whole, but for keys and limits, which stay when they are left out. Null puts a field back to what the address or the settings for all say; a null key removes those it has; in the list of keys, those without a secret stay. */
const NO_VARIABLE = "must be the key itself; variables are read by the configuration file alone";
const typedKey = z
  .string()
  .min(1)
  .max(4000)
  .refine((key) => !key.startsWith("env:"), NO_VARIABLE)
  .nullable()
  .optional();
const providerFields = configuredProvider.omit({ models: true }).extend({
  local: z.boolean().nullable().default(null),
  probeSeconds: probeSeconds.nullable().default(null),
  responses: z.boolean().nullable().default(null),
  apiKey: typedKey,
  apiKeys: editedKeys,
});
/** What the fields of a provider must be together. */
function checkProvider(provider: z.output<typeof providerFields> | z.output<typeof providerPutFields>, context: z.core.$RefinementCtx): void {
  const { kind, baseUrl, apiKey, apiKeys } = provider;
  const complain = (field: string, message: string): void => context.addIssue({ code: "custom", path: [field], message });
  if (kind !== "sandbox" && baseUrl === undefined && !(kind in KNOWN_BASE_URLS)) complain("baseUrl", "is needed for this kind");
  if (apiKeys?.some(({ key }) => key?.startsWith("env:"))) complain("apiKeys", NO_VARIABLE);
  const wrong = complaintAbout(wantedKeys({ apiKey: apiKey ?? undefined, apiKeys }) ?? []);
  if (wrong !== undefined) complain("apiKeys", wrong);
}
const providerPutFields = providerFields.extend({ name: catalogName.optional() });
export const providerState = providerFields.superRefine(checkProvider);
export const providerPut = providerPutFields.superRefine(checkProvider);
export const providerAsk = { was: catalogName.optional(), revision };
/** What is needed to try a provider. */
export const providerTest = z.strictObject({
  was: catalogName.optional(),
  kind: configuredProvider.shape.kind,
  baseUrl: configuredProvider.shape.baseUrl,
  headers: configuredProvider.shape.headers,
  apiKey: typedKey,
});
/** A model that is added by hand. */
export const newModel = modelChange.extend({ id: modelId });

/** Over REST the address names what is changed: the body of a group may leave its name out, and another name in it renames the group. */
export const groupPut = groupBody.extend({ name: catalogName.optional(), keepOldName: z.boolean().optional() });
export const aliasPut = z.strictObject({ model: aliasModel });

/** A page of the account of changes. */
export const changesQuery = z.object({
  cursor: z.string().max(64).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
