/** What a provider's wire has no words for. */
import type { ProviderFailure } from "./provider.ts";
import { redact } from "./redact.ts";

/** What cannot be said to a provider: the caller's field, and why. */
export class Unsayable {
  readonly param: string;
  readonly text: string;
  constructor(param: string, text: string) {
    this.param = param;
    this.text = text;
  }

  /** The refusal that the caller gets, naming the field. */
  toFailure(): ProviderFailure {
    return { kind: "bad_request", param: this.param, publicText: redact(`'${this.param}': ${this.text}.`) };
  }
}
