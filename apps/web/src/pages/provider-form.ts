/** Reads the form of a provider: what the server takes, or what has to be corrected. */
import { PROVIDER_KINDS, type ProviderKind } from "@switchyard/shared/domain/catalog";
import type { ProviderEditRow } from "@switchyard/shared/wire/console/providers";
import { sameLimits, type Limit } from "@switchyard/shared/domain/limit";
import { formatUsd, nano } from "@switchyard/shared/kernel/money";
import { isCatalogName } from "./group-form.ts";
import { limitRowsOf, limitsOf, wrongLimitAt, type LimitRow } from "./limit-form.ts";
import { isProbe } from "./owner-form.ts";
import { keyFaultsOf, keyRowsOf, keysOf, testedKeyOf, type KeyFields } from "./provider-keys-form.ts";

export interface ProviderFields {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly baseUrl: string;
  readonly keys: readonly KeyFields[];
  /** One a line: `name: value`. */
  readonly headers: string;
  readonly enabled: boolean;
  /** Empty: as its address tells. */
  readonly local: "" | "yes" | "no";
  /** Empty: as for all providers. */
  readonly probeSeconds: string;
  /** Empty: as its address tells. */
  readonly responses: "" | "yes" | "no";
  readonly limits: readonly LimitRow[];
}

export type ProviderFault = "name" | "baseUrl" | "keys" | "limits" | "headers" | "probeSeconds";

export const isKind = (text: string): text is ProviderKind => PROVIDER_KINDS.some((kind) => kind === text);

/** Whose address is known, so that the form may leave it out. */
const HAS_ADDRESS: ReadonlySet<ProviderKind> = new Set(["openai", "anthropic", "google", "xai", "openrouter", "sandbox"]);
export const needsAddress = (kind: ProviderKind): boolean => !HAS_ADDRESS.has(kind);

export const NEW_PROVIDER: ProviderFields = {
  name: "",
  kind: "openai-compatible",
  baseUrl: "",
  keys: keyRowsOf([]),
  headers: "",
  enabled: true,
  local: "",
  probeSeconds: "",
  responses: "",
  limits: [],
};

const yesNo = (value: boolean | null): "" | "yes" | "no" => (value === null ? "" : value ? "yes" : "no");
const maybe = (text: "" | "yes" | "no"): boolean | null => (text === "" ? null : text === "yes");

export const providerFieldsOf = ({ name, kind, baseUrl, keys, headers, enabled, local, probeSeconds, responses, limits }: ProviderEditRow): ProviderFields => ({
  name,
  kind,
  baseUrl,
  keys: keyRowsOf(keys),
  headers: Object.entries(headers)
    .map(([header, value]) => `${header}: ${value}`)
    .join("\n"),
  enabled,
  local: yesNo(local),
  probeSeconds: probeSeconds === null ? "" : String(probeSeconds),
  responses: yesNo(responses),
  limits: limitRowsOf(limits),
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

/** The provider has another address than the one its stored keys may be sent to. */
export const isMoved = ({ baseUrl }: ProviderFields, before: ProviderEditRow | undefined): boolean =>
  before !== undefined && baseUrl !== "" && originOf(baseUrl) !== originOf(before.baseUrl);

/** What is wrong, in the order of the fields. @param before the provider as it is stored, when it is */
export function providerFaultsOf(fields: ProviderFields, before: ProviderEditRow | undefined): readonly ProviderFault[] {
  const { name, kind, baseUrl, keys, headers, probeSeconds, limits } = fields;
  const hasBadAddress = baseUrl === "" ? needsAddress(kind) : !isAddress(baseUrl);
  return [
    ...(isCatalogName(name) ? [] : (["name"] as const)),
    ...(hasBadAddress ? (["baseUrl"] as const) : []),
    ...(keyFaultsOf(keys, isMoved(fields, before)).size === 0 ? [] : (["keys"] as const)),
    ...(wrongLimitAt(limits) < 0 ? [] : (["limits"] as const)),
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

/** As the configuration has it: cost in dollars, and no window for calls at once. */
const writtenLimit = ({ kind, max, windowSeconds }: Limit) =>
  kind === "concurrency" ? { kind, max } : kind === "cost" ? { kind, max: formatUsd(nano(BigInt(max))), windowSeconds } : { kind, max, windowSeconds };

/** The provider that the fields ask for; they must be without fault. Keys and limits that nobody touched are left out, and stay. */
export const providerOf = (fields: ProviderFields, before: ProviderEditRow | undefined) => {
  const limits = limitsOf(fields.limits);
  return {
    name: fields.name,
    kind: fields.kind,
    ...(fields.baseUrl === "" ? {} : { baseUrl: fields.baseUrl }),
    headers: headersOf(fields.headers),
    enabled: fields.enabled,
    local: maybe(fields.local),
    probeSeconds: fields.probeSeconds === "" ? null : Number(fields.probeSeconds),
    responses: maybe(fields.responses),
    ...(sameLimits(limits, before?.limits ?? []) ? {} : { limits: limits.map(writtenLimit) }),
    ...keysOf(fields.keys),
  };
};

/** What is needed to try it. @param was its name as it is stored, when it is */
export const testOf = (fields: ProviderFields, was: string | undefined) => ({
  ...(was === undefined ? {} : { was }),
  kind: fields.kind,
  ...(fields.baseUrl === "" ? {} : { baseUrl: fields.baseUrl }),
  headers: headersOf(fields.headers),
  ...testedKeyOf(fields.keys),
});
