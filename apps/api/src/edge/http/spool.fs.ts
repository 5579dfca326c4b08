/**
 * Keeps uploads on disk while their calls last. A file loses its name as soon as it is open: whatever happens to a call or to
 * the whole program, the system gives its space back by itself.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

const PIECE_BYTES = 64 * 1024;

/** No more than so much may lie on disk at once; whoever comes then is asked to come back. */
export class SpoolFull extends Error {}

export interface Spool {
  /** An empty file. @throws when the disk cannot be written */
  create(): Promise<SpooledFile>;
}

export interface SpooledFile {
  readonly bytes: number;
  /** Appends. @throws SpoolFull when all uploads together are too much */
  write(piece: Buffer): Promise<void>;
  /** Reads from the beginning, as often as it is asked, one piece at a time. */
  read(): AsyncIterable<Buffer>;
  /** A path by which this process can open it again, as long as it is not closed. */
  readonly path: string;
  /** Gives its space back. */
  close(): Promise<void>;
}

/** @param bytesMax of all uploads at once */
export function createSpool(directory: string, bytesMax: number): Spool {
  let total = 0;
  const reserve = (bytes: number): void => {
    if (total + bytes > bytesMax) throw new SpoolFull("the uploads under way fill their space on disk");
    total += bytes;
  };
  return {
    create: async () => {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, randomUUID());
      const handle = await open(path, "wx+", 0o600);
      await unlink(path);
      return new NamelessFile(handle, reserve, (bytes) => (total -= bytes));
    },
  };
}

class NamelessFile implements SpooledFile {
  readonly #handle: FileHandle;
  readonly #reserve: (bytes: number) => void;
  readonly #release: (bytes: number) => void;
  #bytes = 0;
  #isClosed = false;

  constructor(handle: FileHandle, reserve: (bytes: number) => void, release: (bytes: number) => void) {
    this.#handle = handle;
    this.#reserve = reserve;
    this.#release = release;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get path(): string {
    return `/dev/fd/${this.#handle.fd}`;
  }

  async write(piece: Buffer): Promise<void> {
    this.#reserve(piece.length);
    const at = this.#bytes;
    this.#bytes += piece.length;
    for (let written = 0; written < piece.length;) {
      const { bytesWritten } = await this.#handle.write(piece, written, piece.length - written, at + written);
      written += bytesWritten;
    }
  }

  async *read(): AsyncGenerator<Buffer> {
    for (let at = 0; at < this.#bytes;) {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.#bytes - at)), 0, null, at);
      if (bytesRead === 0) throw new Error("an upload on disk is shorter than it was written");
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#release(this.#bytes);
    await this.#handle.close();
  }
}
