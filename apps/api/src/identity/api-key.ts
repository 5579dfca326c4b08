/** Knows what an API key looks like, how it is stored and how it is shown. */
import { createHash } from "node:crypto";

const PREFIX = "sy-";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_LENGTH = 40;
const CHECKSUM_LENGTH = 6;
const RANDOM_LENGTH = BODY_LENGTH - CHECKSUM_LENGTH;

/** How many random bytes `makeApiKey` takes: 34 letters of base62 hold 202 bits, so none of 200 is lost. */
export const KEY_RANDOM_BYTES = 25;

/** A new key; the secret is shown once, the rest is kept. */
export interface NewApiKey {
  readonly secret: string;
  /** SHA-256 of the secret, the only thing that can find it again. */
  readonly hash: Buffer;
  readonly prefix: string;
  readonly lastFour: string;
}

/** Makes `sy-` and 40 letters: 200 random bits and a checksum, by which scanners of leaked secrets tell a key from noise. */
export function makeApiKey(random: Buffer): NewApiKey {
  if (random.length !== KEY_RANDOM_BYTES) throw new Error(`makeApiKey takes ${KEY_RANDOM_BYTES} random bytes`);
  const body = base62(BigInt(`0x${random.toString("hex")}`), RANDOM_LENGTH);
  const secret = `${PREFIX}${body}${checksumOf(body)}`;
  return { secret, hash: hashApiKey(secret), ...partsOf(secret) };
}

/** Whether a text is a key that we made. Keys from a configuration file may look otherwise, so this refuses nobody. */
export function hasValidChecksum(secret: string): boolean {
  if (!secret.startsWith(PREFIX) || secret.length !== PREFIX.length + BODY_LENGTH) return false;
  const body = secret.slice(PREFIX.length, -CHECKSUM_LENGTH);
  return secret.slice(-CHECKSUM_LENGTH) === checksumOf(body);
}

/** What any key has to look like: 16 to 200 visible ASCII characters, as secrets of a configuration file may be. */
export const isKeyShaped = (secret: string): boolean => /^[\x21-\x7e]{16,200}$/.test(secret);

export const hashApiKey = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** What is kept of a secret to recognise it by: its first five characters and its last four. */
export const partsOf = (secret: string): { prefix: string; lastFour: string } => ({ prefix: secret.slice(0, PREFIX.length + 2), lastFour: secret.slice(-4) });

/** `sy-ab…wxyz` */
export function maskApiKey(secret: string): string {
  const { prefix, lastFour } = partsOf(secret);
  return `${prefix}…${lastFour}`;
}

function checksumOf(body: string): string {
  const digest = createHash("sha256").update(`${PREFIX}${body}`).digest();
  // 35 bits fit into six letters of base62.
  return base62(digest.readBigUInt64BE() >> 29n, CHECKSUM_LENGTH);
}

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) text = ALPHABET.charAt(Number(rest % 62n)) + text;
  return text;
}
