/** Reads what OpenAI's image models report: tokens of text and pictures, both ways. Older models report nothing. */
import { furtherOf, NO_USAGE, takeFrom, tokenCount, type Usage } from "@switchyard/shared/domain/usage";
import { fieldsOf } from "./fields.ts";

/**
 * Output is pictures unless the report splits it (https://platform.openai.com/docs/api-reference/images/object).
 * @param images how many pictures came
 */
export function imageUsageOf(report: unknown, images: number): Usage {
  const fields = fieldsOf(report);
  const read = fieldsOf(fields?.["input_tokens_details"]);
  const made = fieldsOf(fields?.["output_tokens_details"]);
  const asked = { left: tokenCount(fields?.["input_tokens"]) ?? 0 };
  const answered = { left: tokenCount(fields?.["output_tokens"]) ?? 0 };
  const imageInput = takeFrom(asked, tokenCount(read?.["image_tokens"]));
  const text = takeFrom(answered, tokenCount(made?.["text_tokens"]));
  const further = furtherOf({ imageInput, imageOutput: answered.left, images });
  return { ...NO_USAGE, input: asked.left, output: text, ...further };
}
