/** Tools that the provider itself carries out, as far as they cost something of their own. */
import type { ResponsesRequest } from "@switchyard/shared/wire/openai-responses";
import { SEARCHES_MAX } from "../../../gateway/job.ts";

/** `web_search`, its previews and dated forms, and xAI's search of its own network. */
const isSearch = ({ type }: { readonly type: string }): boolean => type.startsWith("web_search") || type === "x_search";

/** How often at most the provider may search for this request; 0 where it may not at all. */
export function searchesMax({ tools, tool_choice: choice, max_tool_calls: most }: ResponsesRequest): number {
  if (choice === "none" || tools?.some(isSearch) !== true) return 0;
  return most ?? SEARCHES_MAX;
}
