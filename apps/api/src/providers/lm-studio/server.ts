/** LM Studio knows `max_tokens` only, and JSON only by a schema. */
import { fieldsOf, type Fields } from "../openai-dialect/fields.ts";
import type { CompatibleServer } from "../openai-dialect/server.ts";

const PORT = "1234";
const ANY_OBJECT = { type: "json_schema", json_schema: { name: "object", schema: { type: "object" } } };

const rewrite = (body: Fields): Fields => (fieldsOf(body["response_format"])?.["type"] === "json_object" ? { ...body, response_format: ANY_OBJECT } : body);

export const lmStudio: CompatibleServer = {
  name: "LM Studio",
  isAt: (url) => url.port === PORT,
  quirks: { capField: "max_tokens", capFieldIsFixed: true, messages: { thoughts: true, systemForDeveloper: true }, rewrite },
  responses: () => "plain",
};
