/** What stands below a field: its hint, and what is wrong with it. */

interface Notes {
  /** Of the field. */
  readonly id: string;
  readonly hint: string | undefined;
  readonly error: string | undefined;
}

/** What describes the field to a screen reader: its `aria-describedby`. */
export const describedBy = ({ id, hint, error }: Notes): string | undefined =>
  [hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`].filter(Boolean).join(" ") || undefined;

export function FieldNotes({ id, hint, error }: Notes) {
  return (
    <>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-12 text-faint">
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="text-12 text-bad">
          {error}
        </p>
      )}
    </>
  );
}
