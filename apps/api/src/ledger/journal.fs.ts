/**
 * The settle journal: what a call has consumed so far, on disk before the database knows it.
 *
 * One append-only file a running program, one JSON line an event: `progress` at most once a second or every 4 KiB of output,
 * `final` when the call ended. Lines are written without fsync, so they survive the death of the process (the kernel has
 * them) and not of the host; only when Postgres refuses a closing is the file synced. A program that starts reads the files of
 * dead ones and closes what they left open.
 */
import { closeSync, existsSync, fdatasync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { CallRow } from "./call-row.ts";

export interface JournalLine {
  readonly event: "progress" | "final";
  readonly row: CallRow;
  readonly void: boolean;
}

interface Header {
  readonly epoch: string;
  readonly pid: number;
  /** When the process began, in the kernel's own ticks: a process id alone may have been given again. */
  readonly started: string;
}

/** A line about to be written; its row is JSON already, because the same text goes to the database. */
export interface JournalEntry {
  readonly event: JournalLine["event"];
  readonly callId: string;
  readonly rowJson: string;
  readonly void: boolean;
}

/** What a dead program left: the last line of each call. */
export interface DeadJournal {
  readonly epoch: string;
  readonly lines: ReadonlyMap<string, JournalLine>;
  /** Removes the file, once all is closed. */
  forget(): void;
}

const FILE_BYTES_MAX = 8 * 1024 * 1024;

interface JournalFile {
  readonly path: string;
  readonly fd: number;
  bytes: number;
  /** Calls whose latest line is in this file and that are not closed yet. */
  readonly open: Set<string>;
}

export class Journal {
  readonly #dir: string;
  readonly #epoch: string;
  #files: JournalFile[] = [];
  #sequence = 0;

  constructor(dir: string, epoch: string) {
    this.#dir = dir;
    this.#epoch = epoch;
    mkdirSync(dir, { recursive: true });
    this.#rotate();
  }

  /** Writes lines for the kernel to keep; throws when the disk refuses. */
  append(entries: readonly JournalEntry[]): void {
    let file = this.#current();
    if (file.bytes > FILE_BYTES_MAX) file = this.#rotate();
    let text = "";
    for (const entry of entries) {
      text += `{"event":"${entry.event}","void":${entry.void},"row":${entry.rowJson}}\n`;
      if (this.#files.length > 1) for (const older of this.#files) older.open.delete(entry.callId);
      file.open.add(entry.callId);
    }
    file.bytes += writeSync(file.fd, text);
  }

  /** The call is committed: its lines are needed no more. */
  closed(callId: string): void {
    for (const file of this.#files) file.open.delete(callId);
    const current = this.#current();
    if (this.#files.length > 1) {
      for (const file of this.#files.filter((one) => one !== current && one.open.size === 0)) this.#drop(file);
    }
  }

  /** Waits until what was appended is on the disk itself. */
  sync(): Promise<void> {
    const { fd } = this.#current();
    return new Promise((resolve, reject) => fdatasync(fd, (error) => (error ? reject(error) : resolve())));
  }

  /** Ends the journal; files without open calls are removed. */
  close(): void {
    for (const file of this.#files) {
      if (file.open.size === 0) this.#drop(file);
      else closeSync(file.fd);
    }
    this.#files = [];
  }

  #current(): JournalFile {
    const file = this.#files.at(-1);
    if (!file) throw new Error("the journal is closed");
    return file;
  }

  #rotate(): JournalFile {
    const path = join(this.#dir, `${this.#epoch}.${this.#sequence++}.jsonl`);
    const header: Header = { epoch: this.#epoch, pid: process.pid, started: processStart(process.pid) ?? "" };
    const fd = openSync(path, "a", 0o600);
    const file: JournalFile = { path, fd, bytes: writeSync(fd, `${JSON.stringify(header)}\n`), open: new Set() };
    this.#files.push(file);
    for (const old of this.#files.filter((one) => one !== file && one.open.size === 0)) this.#drop(old);
    return file;
  }

  #drop(file: JournalFile): void {
    closeSync(file.fd);
    unlinkSync(file.path);
    this.#files = this.#files.filter((one) => one !== file);
  }
}

/** Reads the journals of programs that are gone. Half a last line, as a crash leaves it, is passed over. */
export function deadJournals(dir: string, ownEpoch: string): DeadJournal[] {
  if (!existsSync(dir)) return [];
  const byEpoch = new Map<string, { paths: string[]; lines: Map<string, JournalLine> }>();
  for (const name of readdirSync(dir)
    .filter((one) => one.endsWith(".jsonl"))
    .sort(bySequence)) {
    const path = join(dir, name);
    const [first = "", ...rest] = readFileSync(path, "utf8").split("\n");
    const header = parse<Header>(first);
    if (!header) {
      unlinkSync(path); // it died before its first line: it can hold no call
      continue;
    }
    if (header.epoch === ownEpoch || isAlive(header)) continue;
    const journal = byEpoch.get(header.epoch) ?? { paths: [], lines: new Map<string, JournalLine>() };
    journal.paths.push(path);
    for (const text of rest) {
      const line = parse<JournalLine>(text);
      if (line?.row) journal.lines.set(line.row.id, line);
    }
    byEpoch.set(header.epoch, journal);
  }
  return [...byEpoch].map(([epoch, { paths, lines }]) => ({ epoch, lines, forget: () => paths.forEach((path) => unlinkSync(path)) }));
}

const sequenceOf = (name: string): number => Number(name.split(".").at(-2) ?? 0);
const bySequence = (a: string, b: string): number => sequenceOf(a) - sequenceOf(b);

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined; // half a line: the process died while writing it
  }
}

function isAlive(header: Header): boolean {
  if (header.pid === process.pid) return false; // our own id was somebody else's before (in a container it always is)
  const started = processStart(header.pid);
  if (started !== undefined) return started === header.started;
  try {
    process.kill(header.pid, 0);
    return header.started === "";
  } catch {
    return false;
  }
}

/** Field 22 of /proc/<pid>/stat; undefined where there is no such process or no such file system. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
