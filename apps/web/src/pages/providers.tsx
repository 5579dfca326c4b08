/** The providers with their models, prices and state. */
import type { Capability } from "@switchyard/shared/domain/catalog";
import type { ModelRow, ProviderRow } from "@switchyard/shared/wire/console";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Search } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { usePlace } from "../shell/workspace.tsx";
import { Badge } from "../ui/badge.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { Empty } from "../ui/empty.tsx";
import { clockTime, count, day, priceMoney } from "../ui/format.ts";
import { useHotkeys } from "../ui/hotkeys.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { PageHeader } from "../ui/page-header.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { SkeletonRows } from "../ui/skeleton.tsx";
import { TABLE } from "../ui/table.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { ServiceTierRates } from "./service-tier-rates.tsx";
import { HealthBadge, reasonText, StateBadge } from "./health-badge.tsx";
import { ProviderKeys } from "./provider-keys.tsx";

const ImportDialog = lazy(async () => ({ default: (await import("./import-dialog.tsx")).ImportDialog }));
const ModelDialog = lazy(async () => ({ default: (await import("./model-dialog.tsx")).ModelDialog }));
const PricesDialog = lazy(async () => ({ default: (await import("./prices-dialog.tsx")).PricesDialog }));

/** What an operator has opened. */
type Open = { readonly kind: "import"; readonly provider: ProviderRow } | { readonly kind: "model"; readonly model: ModelRow } | { readonly kind: "prices" };

/** Operators change what the platform shares, from any workspace. */
const PLATFORM = "platform";

const CAPABILITY_TEXT = {
  chat: "capability.chat",
  tools: "capability.tools",
  vision: "capability.vision",
  json: "capability.json",
  reasoning: "capability.reasoning",
  audio: "capability.audio",
  pdf: "capability.pdf",
  embeddings: "capability.embeddings",
  completions: "capability.completions",
  images: "capability.images",
  transcription: "capability.transcription",
  speech: "capability.speech",
  moderation: "capability.moderation",
  rerank: "capability.rerank",
} as const satisfies Record<Capability, string>;

function ProviderState({ provider }: { readonly provider: ProviderRow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (provider.enabled && provider.hasKey === false && provider.kind !== "sandbox" && provider.kind !== "openai-compatible")
    return (
      <Badge tone="warn" tip={t("providers.keyMissingText")}>
        {t("providers.keyMissing")}
      </Badge>
    );
  const tip = provider.resting
    ? t("health.rest", { time: clockTime(provider.resting.until, locale), reason: reasonText(t, provider.resting.reason) })
    : undefined;
  return <StateBadge state={provider.health} {...(tip === undefined ? {} : { tip })} />;
}

function PriceCells({ model }: { readonly model: ModelRow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { price } = model;
  if (!price) {
    return (
      <td colSpan={5} className={`${TABLE.number} text-bad`} data-tip={t("providers.noPriceText")}>
        {t("providers.noPrice")}
        <span className="sr-only">: {t("providers.noPriceText")}</span>
      </td>
    );
  }
  return (
    <>
      {[price.inputPerMillion, price.cachedInputPerMillion, price.cacheWritePerMillion, price.outputPerMillion].map((amount, index) => (
        <td key={index} className={`${TABLE.number} ${amount === 0n ? "text-faint" : ""}`}>
          {priceMoney(amount, locale)}
        </td>
      ))}
      <td className={`${TABLE.number} text-12 text-faint`} data-tip={price.source}>
        {day(price.effectiveAt, locale)}
      </td>
    </>
  );
}

interface ModelLineProps {
  readonly model: ModelRow;
  readonly provider: string;
  readonly workspace: string;
  readonly onEdit: (() => void) | undefined;
}

function ModelLine({ model, provider, workspace, onEdit }: ModelLineProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <tr className={TABLE.row}>
      <th scope="row" className={`${TABLE.cell} text-left font-normal`}>
        <AppLink className="font-mono text-12 hover:underline" href={paths.calls(workspace, { provider, model: model.name })}>
          {model.name}
        </AppLink>
        <ServiceTierRates price={model.price} />
      </th>
      <td className={TABLE.cell}>
        <HealthBadge health={model.health} />
      </td>
      <td className={`${TABLE.cell} text-12 text-muted`}>{model.capabilities.map((one) => t(CAPABILITY_TEXT[one])).join(", ")}</td>
      <td className={`${TABLE.number} text-muted`}>{model.contextWindow === undefined ? "–" : count(model.contextWindow, locale)}</td>
      <td className={`${TABLE.number} text-muted`}>{model.maxOutput === undefined ? "–" : count(model.maxOutput, locale)}</td>
      <PriceCells model={model} />
      {onEdit === undefined ? null : (
        <td className={TABLE.number}>
          <IconButton label={t("model.edit", { model: model.name })} onClick={onEdit}>
            <Pencil aria-hidden size={14} />
          </IconButton>
        </td>
      )}
    </tr>
  );
}

interface ProviderCardProps {
  readonly provider: ProviderRow;
  readonly workspace: string;
  /** Given to whoever may change it. */
  readonly onOpen: ((open: Open) => void) | undefined;
}

function ProviderCard({ provider, workspace, onOpen }: ProviderCardProps) {
  const { t } = useTranslation();
  const heads = [t("providers.input"), t("providers.cached"), t("providers.cacheWrite"), t("providers.output")];
  return (
    <section aria-label={provider.name} className="overflow-hidden rounded-10 border border-line bg-surface">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
        <h2 className="text-14 font-semibold">{provider.name}</h2>
        <span className="text-12 text-muted">{provider.kind}</span>
        <ProviderState provider={provider} />
        <span className="text-12 text-faint" data-tip={provider.shared ? t("providers.sharedHint") : t("providers.ownHint")}>
          {provider.shared ? t("providers.shared") : t("providers.own")}
        </span>
        {provider.baseUrl ? <code className="min-w-0 truncate font-mono text-12 text-faint">{provider.baseUrl}</code> : null}
        <AppLink className="ml-auto text-13 text-accent hover:underline" href={paths.calls(workspace, { provider: provider.name })}>
          {t("providers.calls")}
        </AppLink>
        {onOpen === undefined || provider.kind === "sandbox" ? null : (
          <Button aria-label={t("import.title", { provider: provider.name })} onClick={() => onOpen({ kind: "import", provider })}>
            {t("import.open")}
          </Button>
        )}
      </header>
      <ProviderKeys keys={provider.keys ?? []} provider={provider.name} />
      {provider.models.length === 0 ? (
        <p className="border-t border-line px-4 py-3 text-13 text-muted">{t("providers.noModels")}</p>
      ) : (
        <ScrollRegion label={provider.name} className="overflow-x-auto border-t border-line">
          <table className={TABLE.table} aria-label={`${provider.name}: ${t("providers.models", { count: provider.models.length })}`}>
            <thead>
              <tr>
                <th scope="col" className={TABLE.head}>
                  {t("providers.model")}
                </th>
                <th scope="col" className={TABLE.head}>
                  {t("groups.state")}
                </th>
                <th scope="col" className={TABLE.head}>
                  {t("providers.capabilities")}
                </th>
                <th scope="col" className={TABLE.headNumber}>
                  {t("providers.context")}
                </th>
                <th scope="col" className={TABLE.headNumber}>
                  {t("providers.maxOutput")}
                </th>
                {heads.map((name) => (
                  <th key={name} scope="col" className={TABLE.headNumber}>
                    {name}
                  </th>
                ))}
                <th scope="col" className={TABLE.headNumber}>
                  {t("providers.priceSince")}
                </th>
                {onOpen === undefined ? null : (
                  <th scope="col" className={TABLE.headNumber}>
                    <span className="sr-only">{t("model.actions")}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {provider.models.map((model) => (
                <ModelLine
                  key={model.id}
                  model={model}
                  provider={provider.name}
                  workspace={workspace}
                  onEdit={onOpen && (() => onOpen({ kind: "model", model }))}
                />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </section>
  );
}

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
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  const { data, error, refetch } = useQuery(trpc.providers.list.queryOptions({ workspace }));
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useHotkeys({ "/": () => field.current?.focus() });
  const shown = matchingProviders(data ?? [], text);
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-350 flex-col gap-4 p-6 max-md:p-4">
        <PageHeader
          title={t("providers.title")}
          note={data ? <span className="text-13 text-muted">{t("providers.count", { count: data.length })}</span> : undefined}
          actions={account.operator ? <Button onClick={() => setOpen({ kind: "prices" })}>{t("prices.open")}</Button> : undefined}
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
        {open?.kind === "model" ? <ModelDialog model={open.model} onClose={close} /> : null}
        {open?.kind === "prices" ? <PricesDialog onClose={close} /> : null}
      </Suspense>
    </div>
  );
}
