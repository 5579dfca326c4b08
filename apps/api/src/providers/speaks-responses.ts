/** Which providers speak OpenAI's Responses themselves; all others are asked in a chat. */
import type { CatalogProvider } from "@switchyard/shared/domain/catalog";

export const speaksResponses = ({ kind }: Pick<CatalogProvider, "kind">): boolean => kind === "openai" || kind === "xai";
