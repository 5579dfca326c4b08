/** What the account says of an import, and what taking it back goes by. */
export const IMPORTED = "models.import";

export interface Imported {
  readonly provider: string;
  /** Ids of models. */
  readonly created: readonly string[];
  readonly switchedOn: readonly string[];
  readonly aliases: readonly string[];
}
