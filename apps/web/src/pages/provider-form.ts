/** Reads the form of a provider: what the server takes, or what has to be corrected. */
import { PROVIDER_KINDS, type ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ProviderEditRow } from "@switchyard/shared/wire/console";
import { isCatalogName } from "./group-form.ts";
import { isProbe } from "./owner-form.ts";

export interface ProviderFields {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  /** Empty: the one that is there stays. */
  readonly apiKey: string;
  readonly removeKey: boolean;
  /** One a line: `name: value`. */
  readonly headers: string;
  readonly enabled: boolean;
  /** Empty: as its address tells. */
  readonly local: "" | "yes" | "no";
  /** Empty: as for all providers. */
  readonly probeSeconds: string;
}

export type ProviderFault = "name" | "baseUrl" | "apiKey" | "headers" | "probeSeconds";

export const isKind = (text: string): text is ProviderKind => PROVIDER_KINDS.some((kind) => kind === text);

/** Whose address is known, so that the form may leave it out. */
const HAS_ADDRESS: ReadonlySet<ProviderKind> = new Set(["openai", "anthropic", "google", "xai", "openrouter", "sandbox"]);
export const needsAddress = (kind: ProviderKind): boolean => !HAS_ADDRESS.has(kind);

export const NEW_PROVIDER: ProviderFields = {
  name: "",
  kind: "openai-compatible",
  baseUrl: "",
  apiKey: "",
  removeKey: false,
  headers: "",
  enabled: true,
  local: "",
  probeSeconds: "",
};

export const providerFieldsOf = ({ name, kind, baseUrl, headers, enabled, local, probeSeconds }: ProviderEditRow): ProviderFields => ({
  name,
  kind,
  baseUrl,
  apiKey: "",
  removeKey: false,
  headers: Object.entries(headers)
    .map(([header, value]) => `${header}: ${value}`)
    .join("\n"),
  enabled,
  local: local === null ? "" : local ? "yes" : "no",
  probeSeconds: probeSeconds === null ? "" : String(probeSeconds),
});

const headerLines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
const HEADER = /^([A-Za-z0-9-]{1,100}):\s*(.{0,2000})$/;

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "" && hash === "";
}

export const originOf = (text: string): string => (URL.canParse(text) ? new URL(text).origin : "");

/** What is wrong, in the order of the fields. @param before the provider as it is stored, when it is */
export function providerFaultsOf(fields: ProviderFields, before: ProviderEditRow | undefined): readonly ProviderFault[] {
  const { name, kind, baseUrl, apiKey, removeKey, headers, probeSeconds } = fields;
  const hasBadAddress = baseUrl === "" ? needsAddress(kind) : !isAddress(baseUrl);
  // A stored key is not sent to another address.
  const isMoved = before?.hasKey === true && baseUrl !== "" && originOf(baseUrl) !== originOf(before.baseUrl);
  return [
    ...(isCatalogName(name) ? [] : (["name"] as const)),
    ...(hasBadAddress ? (["baseUrl"] as const) : []),
    ...((isMoved && apiKey === "" && !removeKey) || apiKey.startsWith("env:") ? (["apiKey"] as const) : []),
    ...(headerLines(headers).every((line) => HEADER.test(line)) ? [] : (["headers"] as const)),
    ...(probeSeconds === "" || isProbe(probeSeconds) ? [] : (["probeSeconds"] as const)),
  ];
}

const headersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    headerLines(text).map((line) => {
      const [, name = "", value = ""] = HEADER.exec(line) ?? [];
      return [name, value];
    }),
  );

const keyOf = ({ apiKey, removeKey }: ProviderFields) => (apiKey !== "" ? { apiKey } : removeKey ? { apiKey: null } : {});

/** The provider that the fields ask for; they must be without fault. */
export const providerOf = (fields: ProviderFields) => ({
  name: fields.name,
  kind: fields.kind,
  ...(fields.baseUrl === "" ? {} : { baseUrl: fields.baseUrl }),
  headers: headersOf(fields.headers),
  enabled: fields.enabled,
  local: fields.local === "" ? null : fields.local === "yes",
  probeSeconds: fields.probeSeconds === "" ? null : Number(fields.probeSeconds),
  ...keyOf(fields),
});

/** What is needed to try it. @param was its name as it is stored, when it is */
export const testOf = (fields: ProviderFields, was: string | undefined) => ({
  ...(was === undefined ? {} : { was }),
  kind: fields.kind,
  ...(fields.baseUrl === "" ? {} : { baseUrl: fields.baseUrl }),
  headers: headersOf(fields.headers),
  ...keyOf(fields),
});
