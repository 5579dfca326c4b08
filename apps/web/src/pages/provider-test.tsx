/** Tries a provider before it is saved: asks for its list of models and says in words how that went. */
import type { ProviderKind } from "@switchyard/shared/domain/catalog";
import type { TestFailure } from "@switchyard/shared/wire/console/providers";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { latency } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { Refusal } from "../ui/refusal.tsx";

const FAILURE_TEXT = {
  forbidden: "provider.testForbidden",
  private: "provider.testPrivate",
  unreachable: "provider.testUnreachable",
  slow: "provider.testSlow",
  large: "provider.testLarge",
  invalid: "provider.testInvalid",
  key_refused: "provider.testKeyRefused",
  key_unsealed: "provider.testKeyUnsealed",
  redirect: "provider.testRedirect",
  no_list: "provider.testNoList",
  status: "provider.testStatus",
} as const satisfies Record<TestFailure, string>;

interface ProviderTestProps {
  readonly ask: {
    readonly was?: string;
    readonly kind: ProviderKind;
    readonly baseUrl?: string;
    readonly headers: Record<string, string>;
    readonly apiKey?: string | null;
  };
  /** The fields can be sent. */
  readonly ready: boolean;
}

export function ProviderTest({ ask, ready }: ProviderTestProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const workspace = useWorkspace();
  const test = useMutation(trpc.providers.test.mutationOptions());
  const { data } = test;
  return (
    <div className="flex flex-col gap-2 rounded-8 border border-line p-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={!ready || test.isPending} onClick={() => test.mutate({ workspace, ask })}>
          {test.isPending ? t("provider.testing") : t("provider.test")}
        </Button>
        <span className="text-12 text-faint">{t("provider.testHint")}</span>
      </div>
      <div aria-live="polite" className="empty:hidden">
        <Refusal error={test.error} />
        {data === undefined ? null : data.failure === undefined ? (
          <p className="flex flex-wrap items-center gap-2 text-13">
            <Badge tone="ok">{t("provider.testOk")}</Badge>
            {data.models === undefined ? t("provider.testNothing") : t("provider.testModels", { count: data.models, time: latency(data.ms, locale) })}
          </p>
        ) : (
          <p className="flex flex-wrap items-center gap-2 text-13">
            <Badge tone="bad">{t("provider.testFailed")}</Badge>
            {t(FAILURE_TEXT[data.failure], { status: data.status ?? "" })}
          </p>
        )}
      </div>
    </div>
  );
}
