/** The dry run: what a name means for a key at a time, who would be tried in which order and why. Nothing is sent. */
import type { ExplainedRow } from "@switchyard/shared/wire/console/routing";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Field, SelectField } from "../ui/field.tsx";
import { count, latency } from "../ui/format.ts";
import { useLocale } from "../ui/locale.ts";
import { Refusal } from "../ui/refusal.tsx";
import { CallRoute } from "./call-route.tsx";
import { StateBadge } from "./health-badge.tsx";

const DELAYS = ["0", "60", "600", "3600", "86400"] as const;
const DELAY_TEXT = {
  "0": "routing.now",
  "60": "routing.inMinute",
  "600": "routing.inTenMinutes",
  "3600": "routing.inHour",
  "86400": "routing.inDay",
} as const satisfies Record<(typeof DELAYS)[number], string>;
const MODELS_SHOWN_MAX = 500;

interface Ask {
  readonly model: string;
  readonly key: string;
  readonly at: string | undefined;
}

export function ExplainCard() {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const keys = useQuery(trpc.keys.list.queryOptions({ workspace, limit: 200 }));
  const groups = useQuery(trpc.groups.list.queryOptions({ workspace }));
  const aliases = useQuery(trpc.aliases.list.queryOptions({ workspace }));
  const [model, setModel] = useState("");
  const [key, setKey] = useState("");
  const [delay, setDelay] = useState<string>("0");
  const [ask, setAsk] = useState<Ask>();
  const explained = useQuery(
    trpc.routing.explain.queryOptions(
      { workspace, ask: { model: ask?.model ?? "", ...(ask?.at === undefined ? {} : { at: ask.at }) }, ...(ask?.key ? { key: ask.key } : {}) },
      { enabled: ask !== undefined, staleTime: 0, gcTime: 0, retry: false },
    ),
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (model.trim() === "") return document.getElementById("explain-model")?.focus();
    const next = { model: model.trim(), key, at: delay === "0" ? undefined : new Date(Date.now() + Number(delay) * 1_000).toISOString() };
    if (ask?.model === next.model && ask.key === next.key && ask.at === next.at) void explained.refetch();
    else setAsk(next);
  };
  const names = ["auto", ...(groups.data ?? []).map(({ name }) => name), ...(aliases.data ?? []).map(({ name }) => name)].slice(0, MODELS_SHOWN_MAX);
  return (
    <Card title={t("routing.explainTitle")} text={t("routing.explainText")}>
      <form onSubmit={submit} className="mt-3 grid items-end gap-3 sm:grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1fr)_auto]">
        <Field
          id="explain-model"
          label={t("routing.name")}
          value={model}
          list="explain-names"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setModel(event.target.value)}
        />
        <datalist id="explain-names">
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </datalist>
        <SelectField
          id="explain-key"
          label={t("routing.forKey")}
          value={key}
          onChange={(event) => setKey(event.target.value)}
          options={[
            { value: "", label: t("routing.anyKey") },
            ...(keys.data?.items ?? []).filter(({ state }) => state === "active").map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <SelectField
          id="explain-at"
          label={t("routing.when")}
          value={delay}
          onChange={(event) => setDelay(event.target.value)}
          options={DELAYS.map((value) => ({ value, label: t(DELAY_TEXT[value]) }))}
        />
        <Button type="submit" look="ink">
          {t("routing.explain")}
        </Button>
      </form>
      <p className="mt-2 text-12 text-faint">{t("routing.precedence")}</p>
      {ask === undefined ? null : (
        <div aria-live="polite" className="mt-3 border-t border-line pt-3">
          {explained.error === null ? null : <Refusal error={explained.error} />}
          {explained.data === undefined || explained.error !== null ? null : <Explained explained={explained.data} />}
        </div>
      )}
    </Card>
  );
}

function Explained({ explained }: { readonly explained: ExplainedRow }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { route, targets, hedgeAfterMs } = explained;
  return (
    <div className="grid gap-6 md:grid-cols-2">
      <div>
        <CallRoute route={route} />
        {targets.length === 0 ? <p className="mt-2 text-13 text-bad">{t("routing.nobody")}</p> : null}
        {hedgeAfterMs > 0 && targets.length > 1 ? (
          <p className="mt-2 text-12 text-muted">{t("routing.hedged", { time: latency(hedgeAfterMs, locale) })}</p>
        ) : null}
      </div>
      <ul aria-label={t("routing.howTheyAre")} className="flex flex-col gap-2">
        {targets.map(({ target, health, answered, failed, firstTokenMs, tokensPerSecond, local }) => (
          <li key={target} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-muted">
            <span className="font-mono text-12 text-text">{target}</span>
            <StateBadge state={health} />
            <span>
              {[
                t(local ? "route.local" : "route.remote"),
                answered + failed === 0 ? t("health.quiet") : t("health.attempts", { failed: count(failed, locale), all: count(answered + failed, locale) }),
                ...(firstTokenMs === undefined ? [] : [t("health.firstToken", { time: latency(firstTokenMs, locale) })]),
                ...(tokensPerSecond === undefined ? [] : [t("health.speed", { tokens: count(tokensPerSecond, locale) })]),
              ].join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
