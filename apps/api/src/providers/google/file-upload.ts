/**
 * Files for Gemini: within the request up to what it may hold, larger ones by its File API first, in the steps of a resumable
 * upload (https://ai.google.dev/gemini-api/docs/files). Google deletes them after 48 hours.
 */
import { failureOf, wordsOfBody } from "../failure-words.ts";
import { fieldsOf, textOf, type Fields } from "../openai-dialect/fields.ts";
import { parseBody } from "../openai-dialect/response.ts";
import type { Preparation, Prepared, ProviderEndpoint, StepAnswer, UploadedFile } from "../provider.ts";
import { googleFailure } from "./failure.ts";
import { googleHeaders } from "./request.ts";

/** A request may have 100 MB (https://blog.google/technology/developers/gemini-api-new-file-limits/); base64 makes four bytes of three. */
const INLINE_BYTES_MAX = 70_000_000;
const POLL_MS = 2_000;
const POLLS_MAX = 90;

/** The steps that send a file ahead where it is too large for the request; their result is what the request refers to it by. */
export function* sentAhead(file: UploadedFile, endpoint: ProviderEndpoint): Generator<Preparation, Prepared, StepAnswer> {
  if (file.bytes <= INLINE_BYTES_MAX) return { reference: undefined };
  const base = new URL(endpoint.baseUrl);
  const version = /\/v\d+[a-z]*\d*/.exec(base.pathname)?.[0] ?? "/v1beta";
  const begun = yield {
    send: {
      url: `${base.origin}/upload${version}/files`,
      headers: {
        ...googleHeaders(endpoint, "application/json"),
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-length": String(file.bytes),
        "x-goog-upload-header-content-type": file.contentType,
      },
      body: JSON.stringify({ file: { display_name: file.name } }),
    },
  };
  if (begun.status !== 200) return { failure: googleFailure(begun.status, begun.headers, begun.body) };
  const address = begun.headers["x-goog-upload-url"];
  // Our key and the file go to the provider's own origin only.
  if (typeof address !== "string" || !URL.canParse(address) || new URL(address).origin !== base.origin) {
    return { failure: { kind: "protocol", status: 200, detail: "the upload was sent to another address than the provider's" } };
  }
  const sent = yield {
    send: {
      url: address,
      headers: { "content-length": String(file.bytes), "x-goog-upload-offset": "0", "x-goog-upload-command": "upload, finalize" },
      body: file.open,
    },
  };
  if (sent.status !== 200) return { failure: googleFailure(sent.status, sent.headers, sent.body) };
  let kept = fieldsOf(fieldsOf(parsed(sent.body))?.["file"]);
  for (let polls = 0; kept?.["state"] === "PROCESSING" && polls < POLLS_MAX; polls++) {
    yield { waitMs: POLL_MS };
    const name = textOf(kept["name"]) ?? "";
    const seen = yield { send: { url: `${base.origin}${version}/${name}`, method: "GET", headers: googleHeaders(endpoint, "application/json"), body: "" } };
    if (seen.status !== 200) return { failure: googleFailure(seen.status, seen.headers, seen.body) };
    kept = fieldsOf(parsed(seen.body));
  }
  const reference = textOf(kept?.["uri"]);
  if (kept?.["state"] === "FAILED")
    return { failure: failureOf(400, wordsOfBody(Buffer.from(JSON.stringify({ error: kept["error"] ?? "the file could not be read" }))), {}) };
  if (reference === undefined || kept?.["state"] === "PROCESSING")
    return { failure: { kind: "timeout", status: 200, detail: "the uploaded file did not become ready" } };
  return { reference };
}

const parsed = (body: Buffer): Fields | undefined => {
  const value = parseBody(body);
  return typeof value === "string" ? undefined : value;
};
