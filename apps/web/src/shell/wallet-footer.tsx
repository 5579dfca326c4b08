/** What the workspace can still spend, at the foot of the navigation on every page. */
import { useQuery } from "@tanstack/react-query";
import { Wallet as WalletIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { sumMoney } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { useWorkspace } from "./workspace.tsx";

export function WalletFooter({ narrow }: { readonly narrow: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const workspace = useWorkspace();
  const { data } = useQuery(trpc.wallet.get.queryOptions({ workspace }, { refetchOnWindowFocus: true }));
  if (!data) return null;
  const available = sumMoney(data.available, locale);
  const held = sumMoney(data.held, locale);
  return (
    <AppLink
      href={paths.wallet(workspace)}
      data-tip={narrow ? t("nav.walletLink", { available, held }) : undefined}
      data-tip-side="right"
      className="block border-t border-line px-5 py-4 hover:bg-hover max-lg:md:px-2"
    >
      {narrow ? <WalletIcon aria-hidden size={16} className="mx-auto text-muted lg:hidden" /> : null}
      <span className="sr-only">{t("nav.wallet")}:</span>
      <span className={narrow ? "max-lg:sr-only" : ""}>
        <span className="flex items-baseline justify-between gap-2">
          <span className="truncate text-14 font-semibold">{available}</span>
          <span className="text-12 text-muted">{t("nav.available")}</span>
        </span>
        <span className={`block text-12 ${data.frozen ? "text-bad" : "text-faint"}`}>{data.frozen ? t("nav.frozen") : t("nav.heldNow", { amount: held })}</span>
      </span>
    </AppLink>
  );
}
