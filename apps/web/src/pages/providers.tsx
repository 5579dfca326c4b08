/** The providers, found by name, and the dialogs in which operators change them. */
import type { ProviderRow } from "@switchyard/shared/wire/console/providers";
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { usePlace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { useHotkeys } from "../ui/hotkeys.ts";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { ProviderCard, type OpenOfProvider } from "./provider-card.tsx";

const ProviderDeleteDialog = lazy(async () => ({ default: (await import("./provider-delete-dialog.tsx")).ProviderDeleteDialog }));
const ProviderDialog = lazy(async () => ({ default: (await import("./provider-dialog.tsx")).ProviderDialog }));
const ImportDialog = lazy(async () => ({ default: (await import("./import-dialog.tsx")).ImportDialog }));
const ModelDialog = lazy(async () => ({ default: (await import("./model-dialog.tsx")).ModelDialog }));
const PricesDialog = lazy(async () => ({ default: (await import("./prices-dialog.tsx")).PricesDialog }));

/** Operators change what the platform shares, from any workspace. */
const PLATFORM = "platform";

/** What is open beside what a card opens. */
type Open = OpenOfProvider | { readonly kind: "prices" } | { readonly kind: "new" };

/** Providers whose name has the text, whole; else those of their models that have it. */
export function matchingProviders(providers: readonly ProviderRow[], text: string): readonly ProviderRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return providers;
  return providers.flatMap((provider) => {
    if (provider.name.toLowerCase().includes(wanted)) return [provider];
    const models = provider.models.filter(({ name }) => name.toLowerCase().includes(wanted));
    return models.length > 0 ? [{ ...provider, models }] : [];
  });
}

export function ProvidersPage() {
  const { t } = useTranslation();
  const { workspace, account } = usePlace();
  const [opened, setOpen] = useState<Open>();

  const { data, error, refetch } = useQuery(trpc.providers.list.queryOptions({ workspace }));
  const [text, setText] = useState("");
  // Who has made a provider wants its models next.
  const [fresh, setFresh] = useState<string>();
  const close = (): void => {
    setOpen(undefined);
    setFresh(undefined);
  };
  const made = (name: string): void => {
    setText("");
    setOpen(undefined);
    setFresh(name);
  };
  const ready = fresh === undefined ? undefined : data?.find(({ name, kind }) => name === fresh && kind !== "sandbox");
  const open: Open | undefined = opened ?? (ready && { kind: "import", provider: ready });
  const field = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => field.current?.focus() });
  const shown = matchingProviders(data ?? [], text);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader
          title={t("providers.title")}
          note={data ? <span className="text-13 text-muted">{t("providers.count", { count: data.length })}</span> : undefined}
          actions={
            account.operator ? (
              <>
                <Button onClick={() => setOpen({ kind: "prices" })}>{t("prices.open")}</Button>
                <Button look="ink" onClick={() => setOpen({ kind: "new" })}>
                  {t("provider.new")}
                </Button>
              </>
            ) : undefined
          }
        />
        {data && data.length > 0 ? (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
            <span className="relative w-full max-w-80">
              <Search aria-hidden size={14} className="pointer-events-none absolute top-1/2 left-3 -translate-y-1/2 text-muted" />
              <input
                ref={field}
                type="search"
                aria-label={t("providers.findLabel")}
                placeholder={t("providers.find")}
                value={text}
                onChange={(event) => setText(event.target.value)}
                className="h-8 w-full rounded-6 border border-line bg-surface pr-3 pl-8 text-13 hover:border-line-strong max-md:h-10 max-md:text-16"
              />
            </span>
            <span className="text-12 text-faint">{t("providers.perMillion")}</span>
          </div>
        ) : null}
        {data === undefined ? (
          error === null ? (
            <SkeletonRows rows={6} className="h-16" />
          ) : (
            <ProblemNote error={error} onRetry={() => void refetch()} />
          )
        ) : data.length === 0 ? (
          <Empty title={t("providers.empty")} text={t("providers.emptyText")} />
        ) : shown.length === 0 ? (
          <Empty title={t("providers.noneTitle")} text={`“${text}”`} action={<Button onClick={() => setText("")}>{t("providers.clear")}</Button>} />
        ) : (
          shown.map((provider) => (
            <ProviderCard
              key={provider.id}
              provider={provider}
              workspace={workspace}
              onOpen={account.operator && (provider.shared || workspace === PLATFORM) ? setOpen : undefined}
            />
          ))
        )}
      </div>
      <Suspense fallback={null}>
        {open?.kind === "import" ? <ImportDialog provider={open.provider} onClose={close} /> : null}
        {open?.kind === "model" ? <ModelDialog provider={open.provider.name} model={open.model} onClose={close} /> : null}
        {open?.kind === "new" || open?.kind === "edit" ? (
          <ProviderDialog name={open.kind === "edit" ? open.provider.name : undefined} onClose={close} onMade={made} />
        ) : null}
        {open?.kind === "delete" ? <ProviderDeleteDialog provider={open.provider} model={open.model} onClose={close} /> : null}
        {open?.kind === "prices" ? <PricesDialog onClose={close} /> : null}
      </Suspense>
    </div>
  );
}
