/** Seals provider keys for the database: AES-256-GCM under a key derived from the installation's secret. */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SecretBox {
  /** @param context binds the ciphertext to its row, so that it cannot be moved to another */
  seal(text: string, context: string, nonce: Buffer): Buffer;
  /** @throws when the secret is another one, or the bytes were changed or moved. */
  open(sealed: Buffer, context: string): string;
}

export function secretBox(secretKey: string): SecretBox {
  const key = Buffer.from(hkdfSync("sha256", secretKey, "switchyard", "provider secrets", 32));
  return {
    seal(text, context, nonce) {
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      cipher.setAAD(Buffer.from(context));
      return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      if (sealed[0] !== VERSION) throw new Error("a sealed secret of an unknown version");
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce);
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]).toString("utf8");
    },
  };
}
