/** What stands at an address that is none. */
import { useTranslation } from "react-i18next";
import { paths } from "../paths.ts";
import { buttonClass } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { AppLink } from "../ui/link.tsx";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className="flex h-full items-center justify-center">
      <title>{`${t("app.notHere")} · Switchyard`}</title>
      <Empty
        heading="h1"
        title={t("app.notHere")}
        text={t("app.notHereText")}
        action={
          <AppLink className={buttonClass("ink")} href={paths.home()}>
            {t("app.goHome")}
          </AppLink>
        }
      />
    </main>
  );
}
