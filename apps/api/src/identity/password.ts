/** Derives what is stored of a password: scrypt, so that a stolen table costs its thief 32 MiB and 50 ms a guess. */
import { scrypt } from "node:crypto";

const COST = 2 ** 15;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
/** 128 * COST * BLOCK_SIZE bytes are needed; Node's own bound is just below that. */
const MEMORY_BYTES_MAX = 64 * 1_024 * 1_024;
export const SALT_BYTES = 16;
export const DERIVED_BYTES = 32;

/** Runs on the thread pool, about 50 ms. The same text in another composition of accents is the same password. */
export function derivePassword(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, DERIVED_BYTES, { N: COST, r: BLOCK_SIZE, p: PARALLELIZATION, maxmem: MEMORY_BYTES_MAX }, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
}
