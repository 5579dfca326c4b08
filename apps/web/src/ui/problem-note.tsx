/** An error as the reader sees it: what failed, what it means, the request's id, and another try. */
import { useTranslation } from "react-i18next";
import { problemOf, type ProblemKind } from "../problem.ts";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";

const TEXTS = {
  network: "problem.network",
  signedOut: "signIn.expiredText",
  credentials: "signIn.wrong",
  permission: "problem.permission",
  notFound: "problem.notFound",
  tooMany: "problem.tooMany",
  money: "problem.money",
  input: "problem.input",
  conflict: "problem.conflict",
  internal: "problem.internal",
} as const satisfies Record<ProblemKind, string>;

/** The text of any thrown value, in the reader's language. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => t(TEXTS[problemOf(error).kind]);
}

interface ProblemNoteProps {
  readonly error: unknown;
  readonly title?: string;
  readonly onRetry?: () => void;
}

export function ProblemNote({ error, title, onRetry }: ProblemNoteProps) {
  const { t } = useTranslation();
  const textOf = useProblemText();
  const { requestId, kind } = problemOf(error);
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <h2 className="text-14 font-semibold">{title ?? t("problem.title")}</h2>
      <p className="max-w-md text-13 text-muted">{textOf(error)}</p>
      {requestId === undefined ? null : (
        <p className="flex items-center gap-1 text-12 text-faint">
          <code className="font-mono">{t("app.requestId", { id: requestId })}</code>
          <CopyButton text={requestId} label={t("app.requestId", { id: requestId })} />
        </p>
      )}
      {onRetry === undefined || kind === "notFound" || kind === "permission" ? null : (
        <Button className="mt-2" onClick={onRetry}>
          {t("app.retry")}
        </Button>
      )}
    </div>
  );
}
