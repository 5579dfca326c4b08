/** What stands where a page broke: the shell and the other pages go on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Button } from "../ui/button.tsx";

export function PageCrash({ error }: Pick<ErrorComponentProps, "error">) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="flex flex-col items-center gap-2 px-6 py-16 text-center">
      <h1 className="text-16 font-semibold">{t("problem.crash")}</h1>
      <p className="max-w-md text-13 text-muted">{t("problem.crashText")}</p>
      <pre className="max-w-full overflow-x-auto font-mono text-12 text-faint">{error instanceof Error ? error.message : String(error)}</pre>
      <Button className="mt-2" onClick={() => location.reload()}>
        {t("problem.reload")}
      </Button>
    </div>
  );
}
