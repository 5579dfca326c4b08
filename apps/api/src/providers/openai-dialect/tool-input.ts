/** The arguments of a tool call as an object. */
import { fieldsOf, type Fields } from "./fields.ts";

/** Arguments are whatever a model wrote; what is no object is kept under a name rather than lost. */
export function inputOf(words: string): Fields {
  if (words.trim() === "") return {};
  try {
    return fieldsOf(JSON.parse(words)) ?? { arguments: words };
  } catch {
    return { arguments: words };
  }
}
