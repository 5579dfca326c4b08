/** Reads a multipart form within its limits, its files straight to disk, and refuses before the end what cannot be good. */
import type { IncomingMessage } from "node:http";
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { SpoolFull, type Spool, type SpooledFile } from "./spool.fs.ts";

export interface FormLimits {
  /** Names under which files may come, and how many under each. */
  readonly files: Readonly<Record<string, number>>;
  /** Bytes of each file. */
  readonly fileBytesMax: number;
}

export interface FormFile {
  readonly field: string;
  /** As the client named it: never used but to guess a format. */
  readonly filename: string;
  readonly contentType: string;
  readonly content: SpooledFile;
}

export interface FormWatch {
  readonly abort: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

export interface Form {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormFile[];
  /** Gives the disk back. */
  close(): Promise<void>;
}

const FIELDS_MAX = 100;
const FIELD_BYTES_MAX = 1024 * 1024;
const FIELDS_BYTES_MAX = 4 * FIELD_BYTES_MAX;
const NAME_BYTES_MAX = 128;
const HEADER_BYTES_MAX = 8 * 1024;
const HEADERS_MAX = 16;
/** A client that sends nothing for so long is given up, in milliseconds. */
const SILENCE_MS_MAX = 30_000;

/**
 * @param watch told how many bytes of the body came; may give the form up, with a failure as its reason
 * @returns the form, whose files lie on disk until it is closed; or a refusal, with nothing left behind
 */
export async function readForm(req: IncomingMessage, spool: Spool, limits: FormLimits, watch: FormWatch): Promise<Result<Form>> {
  const filesMax = Object.values(limits.files).reduce((sum, count) => sum + count, 0);
  const bytesMax = filesMax * limits.fileBytesMax + FIELDS_BYTES_MAX;
  const wrong = headersFailure(req, bytesMax);
  if (wrong) return refused(wrong);
  const reading = new FormReading(spool, limits);
  try {
    const why = await reading.take(req, { bytesMax, filesMax, ...watch });
    if (why === undefined) return ok(await reading.form());
    await reading.close();
    return refused(why);
  } catch (error) {
    await reading.close();
    throw error;
  }
}

function headersFailure(req: IncomingMessage, bytesMax: number): Failure | undefined {
  const { "content-type": type = "", "content-encoding": encoding = "identity" } = req.headers;
  if (encoding.toLowerCase() !== "identity") return failure("unsupported_media_type", { publicText: "Compressed bodies are not accepted." });
  if (!/^multipart\/form-data\s*(?:;|$)/i.test(type)) {
    return failure("unsupported_media_type", { publicText: "Send the body as a form: 'content-type: multipart/form-data' with its boundary." });
  }
  if (!/;\s*boundary=(?:"[^"]{1,200}"|[^\s;"]{1,200})/i.test(type)) return brokenForm("The content type names no boundary.");
  if (Number(req.headers["content-length"]) > bytesMax) return tooLarge(bytesMax);
  return undefined;
}

const brokenForm = (publicText: string): Failure => failure("invalid_request", { publicText });
const tooLarge = (bytesMax: number, param?: string): Failure =>
  failure("payload_too_large", {
    publicText: `${param === undefined ? "The form" : `'${param}'`} is larger than ${bytesMax} bytes.`,
    ...(param === undefined ? {} : { param }),
  });

interface Intake extends FormWatch {
  readonly bytesMax: number;
  readonly filesMax: number;
}

/** One form being read. */
class FormReading {
  readonly #spool: Spool;
  readonly #limits: FormLimits;
  readonly #fields: [string, string][] = [];
  readonly #counts = new Map<string, number>();
  /** In the order of the form. */
  readonly #storing: Promise<FormFile>[] = [];
  readonly #open: SpooledFile[] = [];
  #fieldBytes = 0;
  readonly #streams = new Set<BusboyFileStream>();
  #fail: (why: Failure | undefined, error?: Error) => void = () => undefined;

  constructor(spool: Spool, limits: FormLimits) {
    this.#spool = spool;
    this.#limits = limits;
  }

  async form(): Promise<Form> {
    return { fields: this.#fields, files: await Promise.all(this.#storing), close: () => this.close() };
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#storing);
    await Promise.all(this.#open.map((file) => file.close()));
  }

  /** Resolves when the form was read, with what is wrong with it. */
  take(req: IncomingMessage, intake: Intake): Promise<Failure | undefined> {
    return new Promise((resolve, reject) => {
      const parser = this.#parserFor(req, intake.filesMax);
      let bytes = 0;
      const silence = setTimeout(() => settle(failure("request_timeout")), SILENCE_MS_MAX);
      const settle = (why: Failure | undefined, error?: Error): void => {
        clearTimeout(silence);
        req.off("data", count).off("error", gone).off("close", gone);
        intake.abort.removeEventListener("abort", givenUp);
        this.#fail = () => undefined;
        if (why !== undefined || error !== undefined) {
          req.unpipe(parser);
          req.pause();
          parser.destroy();
          // The parser leaves a file in the middle of which it was ended waiting for ever.
          for (const stream of this.#streams) stream.destroy(new Error("the form was given up"));
        }
        if (error === undefined) resolve(why);
        else reject(error);
      };
      this.#fail = settle;
      const count = (piece: Buffer): void => {
        bytes += piece.length;
        silence.refresh();
        intake.onProgress(bytes);
        if (bytes > intake.bytesMax) settle(tooLarge(intake.bytesMax));
      };
      // A request that was read to its end closes, too.
      const gone = (): void => {
        if (!req.complete) settle(failure("client_closed"));
      };
      const givenUp = (): void => settle(intake.abort.reason as Failure);
      intake.abort.addEventListener("abort", givenUp, { once: true });
      parser.once("finish", () => {
        // The parser ends when the last byte was read; the disk may need a little longer.
        Promise.all(this.#storing).then(
          () => settle(this.#repeated()),
          (error: Error) => settle(undefined, error),
        );
      });
      // Its words: the boundary never came, or the body ended within a part.
      parser.on("error", () => settle(brokenForm("The form is broken: it does not keep to its boundary, or ends before it is whole.")));
      req.on("data", count).on("error", gone).on("close", gone);
      req.pipe(parser);
    });
  }

  #parserFor(req: IncomingMessage, filesMax: number): BusboyInstance {
    const parser = new Busboy({
      headers: { ...req.headers, "content-type": req.headers["content-type"] ?? "" },
      limits: {
        fieldNameSize: NAME_BYTES_MAX,
        fieldSize: FIELD_BYTES_MAX,
        fields: FIELDS_MAX,
        files: filesMax,
        fileSize: this.#limits.fileBytesMax,
        parts: FIELDS_MAX + filesMax,
        headerPairs: HEADERS_MAX,
        headerSize: HEADER_BYTES_MAX,
      },
    });
    parser.on("field", (name, value, isNameCut, isCut) => this.#takeField(name, value, isNameCut || isCut));
    parser.on("file", (name, stream, filename, _encoding, contentType) => this.#takeFile(name, stream, filename, contentType));
    parser.on("partsLimit", () => this.#fail(brokenForm(`The form has more than ${FIELDS_MAX + filesMax} parts.`)));
    parser.on("fieldsLimit", () => this.#fail(brokenForm(`The form has more than ${FIELDS_MAX} fields.`)));
    parser.on("filesLimit", () => this.#fail(brokenForm(`The form has more than ${filesMax} file${filesMax === 1 ? "" : "s"}.`)));
    return parser;
  }

  #takeField(name: string | undefined, value: string, isCut: boolean): void {
    if (name === undefined || name === "") return this.#fail(brokenForm("A part of the form has no name."));
    this.#fieldBytes += value.length;
    if (isCut || this.#fieldBytes > FIELDS_BYTES_MAX) return this.#fail(tooLarge(FIELD_BYTES_MAX, shown(name)));
    if (name in this.#limits.files) return this.#fail(failure("invalid_request", { param: name, publicText: `'${name}' must be a file, with a file name.` }));
    this.#fields.push([name, value]);
  }

  #takeFile(name: string | undefined, stream: BusboyFileStream, filename: string | undefined, contentType: string): void {
    // A stream nobody reads any more must not end the process by its error.
    stream.on("error", () => undefined);
    const allowed = name === undefined ? undefined : this.#limits.files[name];
    const sameBefore = this.#counts.get(name ?? "") ?? 0;
    if (name === undefined || allowed === undefined || sameBefore >= allowed) {
      stream.resume();
      const publicText = allowed === undefined ? "is no file of this form" : `may come ${allowed === 1 ? "once" : `${allowed} times`} only`;
      return this.#fail(failure("invalid_request", { param: shown(name ?? ""), publicText: `'${shown(name ?? "")}' ${publicText}.` }));
    }
    this.#counts.set(name, sameBefore + 1);
    const storing = this.#store(name, stream, filename ?? "", contentType);
    this.#storing.push(storing);
    storing.catch((error: Error) => {
      stream.resume();
      if (isDiskFull(error)) this.#fail(failure("service_unavailable", { retryAfterMs: 5_000, detail: error.message }));
      else this.#fail(undefined, error);
    });
  }

  async #store(field: string, stream: BusboyFileStream, filename: string, contentType: string): Promise<FormFile> {
    this.#streams.add(stream);
    const content = await this.#spool.create();
    this.#open.push(content);
    for await (const piece of stream) await content.write(piece as Buffer);
    this.#streams.delete(stream);
    if (stream.truncated) this.#fail(tooLarge(this.#limits.fileBytesMax, field));
    return { field, filename, contentType, content };
  }

  /** Of two values for one field, nobody knows which was meant; lists are written with brackets. */
  #repeated(): Failure | undefined {
    const names = this.#fields.map(([name]) => name).filter((name) => !name.endsWith("[]"));
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    return twice === undefined ? undefined : failure("invalid_request", { param: shown(twice), publicText: `'${shown(twice)}' is given twice.` });
  }
}

const DISK_FULL: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE"]);
const isDiskFull = (error: Error): boolean => error instanceof SpoolFull || ("code" in error && DISK_FULL.has(error.code));

/** A caller's name for a part, made fit for a refusal. */
const shown = (name: string): string => name.replace(/[^\x20-\x7e]/g, "?").slice(0, 64);
