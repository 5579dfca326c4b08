/** What only this provider cannot do: for the next target, if there is one, else told to the caller with the field. */
import type { ProviderFailure } from "../provider.ts";

export const unsupported = (param: string, publicText: string): ProviderFailure => ({ kind: "unsupported", param, publicText, detail: publicText });
