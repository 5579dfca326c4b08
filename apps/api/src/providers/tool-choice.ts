/** Reads `tool_choice` of type `allowed_tools`: a subset of the tools, for providers that can only be given fewer. */
import type { ChatRequest } from "@switchyard/shared/wire/openai-chat";
import { fieldsOf, listOf, textOf } from "./openai-dialect/fields.ts";

export interface AllowedTools {
  readonly names: ReadonlySet<string>;
  /** One of them must be called. */
  readonly required: boolean;
}

/** @returns undefined when all tools may be called. */
export function allowedToolsOf({ tool_choice: choice }: ChatRequest): AllowedTools | undefined {
  if (typeof choice !== "object" || choice.type !== "allowed_tools") return undefined;
  const told = fieldsOf(choice["allowed_tools"]);
  const names = listOf(told?.["tools"]).map((tool) => textOf(fieldsOf(fieldsOf(tool)?.["function"])?.["name"]));
  return { names: new Set(names.filter((name) => name !== undefined)), required: told?.["mode"] === "required" };
}
