/** The wallet and its entries. Amounts are bigint nano-dollars. */

export interface Wallet {
  readonly posted: bigint;
  readonly held: bigint;
  readonly available: bigint;
  readonly frozen: boolean;
  readonly openHolds: number;
}

export interface EntryRow {
  readonly id: string;
  readonly at: Date;
  readonly kind: "credit" | "usage" | "late_usage" | "refund" | "adjustment";
  /** Signed: negative takes from the wallet. */
  readonly amount: bigint;
  readonly counterAccount: string;
  readonly callId: string | undefined;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
}
