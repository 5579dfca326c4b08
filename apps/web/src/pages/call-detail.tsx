/** One call explained: the sentence, the timeline, the money, the details. In the panel and on the page of its own. */
import type { Surface } from "@switchyard/shared/domain/call";
import { completionTokensOf, promptTokensOf } from "@switchyard/shared/domain/usage";
import type { CallDetail as Detail } from "@switchyard/shared/wire/console/calls";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { paths, type CallsSearch } from "../paths.ts";
import { callMoney, count, dateTime, latency, UNKNOWN } from "../ui/format.ts";
import { AppLink } from "../ui/link.tsx";
import { useLocale } from "../ui/locale.ts";
import { CallRoute } from "./call-route.tsx";
import { CallMoney, CallUsage } from "./call-money.tsx";
import { FAILURE_TEXT, REFUSAL_TEXT, storyOf, type Story } from "./call-story.ts";
import { Timeline } from "./call-timeline.tsx";

const SURFACE_TEXT = {
  chat: "call.surfaceChat",
  completions: "call.surfaceCompletions",
  responses: "call.surfaceResponses",
  messages: "call.surfaceMessages",
  generate: "call.surfaceGenerate",
  embeddings: "call.surfaceEmbeddings",
  moderations: "call.surfaceModerations",
  rerank: "call.surfaceRerank",
  images: "call.surfaceImages",
  transcriptions: "call.surfaceTranscriptions",
  translations: "call.surfaceTranslations",
  speech: "call.surfaceSpeech",
  video: "call.surfaceVideo",
} as const satisfies Record<Surface, string>;

function useStory(): (story: Story) => string {
  const { t } = useTranslation();
  return (story) => {
    const values = {
      target: "target" in story ? story.target : "",
      failed: "failed" in story ? story.failed : "",
      reason: "failure" in story ? t(FAILURE_TEXT[story.failure]) : "refusal" in story ? t(REFUSAL_TEXT[story.refusal]) : "",
    };
    return "count" in story ? t(story.text, { ...values, count: story.count }) : t(story.text, values);
  };
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 text-12 text-muted">{title}</h3>
      {children}
    </section>
  );
}

function Figures({ call }: { readonly call: Detail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const figures = [
    [t("call.cost"), callMoney(call.charged, locale)],
    [t("call.firstToken"), latency(call.firstTokenMs, locale)],
    [t("call.total"), latency(call.totalMs, locale)],
    [t("call.tokens"), `${count(promptTokensOf(call.usage), locale)} / ${count(completionTokensOf(call.usage), locale)}`],
  ] as const;
  return (
    <dl className="grid grid-cols-4 divide-x divide-line rounded-8 border border-line max-sm:grid-cols-2 max-sm:divide-x-0">
      {figures.map(([name, value]) => (
        <div key={name} className="min-w-0 px-3 py-2">
          <dt className="truncate text-11 text-muted">{name}</dt>
          <dd className="truncate text-13 font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Details({ call, workspace }: { readonly call: Detail; readonly workspace: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const filterLink = (value: string | undefined, search: CallsSearch): ReactNode =>
    value === undefined ? (
      UNKNOWN
    ) : (
      <AppLink className="text-accent hover:underline" href={paths.calls(workspace, search)} aria-label={t("call.filterBy", { what: value })}>
        {value}
      </AppLink>
    );
  const kept = call.route?.cached;
  const rows: readonly (readonly [string, ReactNode])[] = [
    [t("call.at"), `${dateTime(call.at, locale)} ${t("app.utc")}`],
    [
      t("call.asked"),
      <code key="asked" className="font-mono text-12">
        {call.modelAsked}
      </code>,
    ],
    [t("call.group"), filterLink(call.group, { group: call.group })],
    [t("call.provider"), filterLink(call.provider, { provider: call.provider })],
    [t("call.model"), filterLink(call.model, { model: call.model })],
    [t("call.key"), filterLink(call.key?.name, { key: call.key?.id })],
    ...(kept === undefined
      ? []
      : [
          [
            t("call.keptFrom"),
            <AppLink key="kept" className="font-mono text-12 text-accent hover:underline" href={paths.call(workspace, kept.from)}>
              {kept.from}
            </AppLink>,
          ] as const,
          [t("call.keptFor"), latency(kept.ageSeconds * 1_000, locale)] as const,
        ]),
    [t("call.surface"), t(SURFACE_TEXT[call.surface])],
    [t("call.status"), String(call.httpStatus)],
    [
      t("call.finish"),
      call.finishReason === undefined ? (
        UNKNOWN
      ) : (
        <code key="finish" className="font-mono text-12">
          {call.finishReason}
        </code>
      ),
    ],
    [t("call.streamed"), call.stream ? t("call.yes") : t("call.no")],
    [t("call.queue"), latency(call.queueMs, locale)],
    [t("call.overhead"), latency(call.overheadMs, locale)],
  ];
  return (
    <dl className="text-13">
      {rows.map(([name, value]) => (
        <div key={name} className="flex justify-between gap-4 border-t border-line py-1.5 first:border-t-0">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 truncate text-right">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function CallDetail({ call, workspace }: { readonly call: Detail; readonly workspace: string }) {
  const { t } = useTranslation();
  const tell = useStory();
  return (
    <div className="flex flex-col gap-6">
      <Figures call={call} />
      <Section title={t("call.whatHappened")}>
        <p className="text-14">{tell(storyOf(call))}</p>
      </Section>
      {call.errorText === undefined && call.errorCode === undefined ? null : (
        <Section title={t("call.error")}>
          <div className="rounded-8 bg-bad-tint px-3 py-2 text-13 text-bad">
            {call.errorCode === undefined ? null : <code className="font-mono text-12 font-medium">{call.errorCode}</code>}
            {call.errorText === undefined ? null : <p className="break-words">{call.errorText}</p>}
          </div>
        </Section>
      )}
      {call.route === undefined ? null : (
        <Section title={t("route.title")}>
          <CallRoute route={call.route} />
        </Section>
      )}
      {call.attempts.length === 0 ? null : (
        <Section title={t("call.timeline")}>
          <Timeline call={call} />
        </Section>
      )}
      <Section title={t("call.money")}>
        <CallMoney call={call} />
      </Section>
      <Section title={t("call.usage")}>
        <CallUsage call={call} />
      </Section>
      <Section title={t("call.details")}>
        <Details call={call} workspace={workspace} />
      </Section>
    </div>
  );
}
