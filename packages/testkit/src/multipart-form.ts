/** Takes a multipart body apart that is whole in memory, as a provider's server would: fields, and files with their bytes. */
export interface SentFile {
  readonly field: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface SentForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly SentFile[];
}

/** @returns undefined when the content type is no form. @throws when the body does not keep to its boundary. */
export function readForm(contentType: string, body: Buffer): SentForm | undefined {
  const boundary = /^multipart\/form-data;\s*boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const fields: [string, string][] = [];
  const files: SentFile[] = [];
  for (const part of partsOf(body, boundary)) {
    const end = part.indexOf("\r\n\r\n");
    if (end === -1) throw new Error("a part of the form has no end of its headers");
    const headers = part.subarray(0, end).toString();
    const bytes = part.subarray(end + 4);
    const name = /;\s*name="([^"]*)"/i.exec(headers)?.[1];
    if (name === undefined) throw new Error("a part of the form has no name");
    const filename = /;\s*filename="([^"]*)"/i.exec(headers)?.[1];
    if (filename === undefined) fields.push([name, bytes.toString()]);
    else files.push({ field: name, filename, contentType: /^content-type:\s*(.+)$/im.exec(headers)?.[1]?.trim() ?? "", bytes });
  }
  return { fields, files };
}

function* partsOf(body: Buffer, boundary: string): Iterable<Buffer> {
  const first = Buffer.from(`--${boundary}\r\n`);
  const between = Buffer.from(`\r\n--${boundary}`);
  if (!body.subarray(0, first.length).equals(first)) throw new Error("the form does not begin with its boundary");
  let from = first.length;
  for (;;) {
    const to = body.indexOf(between, from);
    if (to === -1) throw new Error("the form has no last boundary");
    yield body.subarray(from, to);
    const after = body.subarray(to + between.length, to + between.length + 2).toString();
    if (after === "--") return;
    if (after !== "\r\n") throw new Error("a boundary of the form is followed by something else");
    from = to + between.length + 2;
  }
}
