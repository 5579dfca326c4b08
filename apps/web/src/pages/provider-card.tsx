/** A provider with its models, prices and state, and what an operator can do with it. */
import type { ModelRow, ProviderRow } from "@switchyard/shared/wire/console/providers";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { paths } from "../paths.ts";
import { Badge } from "../ui/badge.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { clockTime, count, day, priceMoney } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { MenuButton } from "../ui/menu.tsx";
import { TABLE } from "../ui/table.ts";
import { ScrollRegion } from "../ui/scroll-region.tsx";
import { ServiceTierRates } from "./service-tier-rates.tsx";
import { CAPABILITY_TEXT } from "./capability-text.ts";
import { HealthBadge, reasonText, StateBadge } from "./health-badge.tsx";
import { ProviderKeys } from "./provider-keys.tsx";

/** What an operator opens from a provider. */
export type OpenOfProvider =
  | { readonly kind: "import" | "edit"; readonly provider: ProviderRow }
  | { readonly kind: "model" | "delete"; readonly provider: ProviderRow; readonly model?: ModelRow | undefined };

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
  readonly onDelete: (() => void) | undefined;
}

function ModelLine({ model, provider, workspace, onEdit, onDelete }: ModelLineProps) {
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
          <IconButton label={t("model.remove", { model: model.name })} onClick={onDelete}>
            <Trash2 aria-hidden size={14} />
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
  readonly onOpen: ((open: OpenOfProvider) => void) | undefined;
}

export function ProviderCard({ provider, workspace, onOpen }: ProviderCardProps) {
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
        {onOpen === undefined ? null : (
          <>
            <Button aria-label={t("provider.editLabel", { name: provider.name })} onClick={() => onOpen({ kind: "edit", provider })}>
              {t("provider.edit")}
            </Button>
            <MenuButton
              label={t("provider.actions", { name: provider.name })}
              className="inline-flex size-8 items-center justify-center rounded-6 text-muted hover:bg-hover hover:text-text"
              align="end"
              entries={[
                { kind: "action", label: t("provider.addModel"), onSelect: () => onOpen({ kind: "model", provider }) },
                { kind: "separator" },
                { kind: "action", label: t("provider.delete"), danger: true, onSelect: () => onOpen({ kind: "delete", provider }) },
              ]}
            >
              <Ellipsis aria-hidden size={16} />
            </MenuButton>
          </>
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
                  onEdit={onOpen && (() => onOpen({ kind: "model", provider, model }))}
                  onDelete={onOpen && (() => onOpen({ kind: "delete", provider, model }))}
                />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </section>
  );
}
