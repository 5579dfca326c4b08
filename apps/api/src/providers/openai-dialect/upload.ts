/** Writes a form with files as multipart, piece by piece: no file is ever in memory as a whole. */
import type { Ask, ProviderEndpoint, Upload, UpstreamRequest } from "../provider.ts";
import { dialectHeaders } from "./headers.ts";

type UploadOperation = "image_edit" | "transcription" | "translation";

/** The caller's own fields with our model name, then the files under our names. */
export function uploadBody(ask: Ask<UploadOperation>, endpoint: ProviderEndpoint): Omit<UpstreamRequest, "path"> {
  const { fields, files } = ask.request;
  const own = fields.filter(([name]) => name !== "model");
  return multipart({ fields: [["model", ask.model], ...own], files }, `switchyard-${ask.generationId}`, endpoint, ask.stream);
}

function multipart({ fields, files }: Upload, boundary: string, endpoint: ProviderEndpoint, isStream: boolean): Omit<UpstreamRequest, "path"> {
  const head = Buffer.from(
    fields.map(([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"\r\n\r\n${value}\r\n`).join(""),
  );
  const heads = files.map((file) =>
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(file.field)}"; filename="${quoted(file.name)}"\r\ncontent-type: ${file.contentType}\r\n\r\n`,
    ),
  );
  const end = Buffer.from(`--${boundary}--\r\n`);
  const length = head.length + end.length + files.reduce((sum, file, at) => sum + (heads[at]?.length ?? 0) + file.bytes + LINE_END.length, 0);
  return {
    headers: {
      ...dialectHeaders(endpoint, isStream ? "text/event-stream" : "*/*", `multipart/form-data; boundary=${boundary}`),
      "content-length": String(length),
    },
    body: async function* () {
      yield head;
      for (const [at, file] of files.entries()) {
        yield heads[at] as Buffer;
        yield* file.open();
        yield LINE_END;
      }
      yield end;
    },
  };
}

const LINE_END = Buffer.from("\r\n");

/** As browsers write names (https://html.spec.whatwg.org/#multipart-form-data): what would end the header is escaped. */
const quoted = (name: string): string => name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
