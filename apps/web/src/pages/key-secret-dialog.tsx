/** A new key's secret, shown once: it must be acknowledged, and the first call with it is awaited live. */
import type { CreatedKey } from "@switchyard/shared/wire/console/keys";
import { useQuery } from "@tanstack/react-query";
import { useSubscription } from "@trpc/tanstack-react-query";
import { CircleCheck, LoaderCircle } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { paths } from "../paths.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { AppLink } from "../ui/link.tsx";
import { snippetsOf } from "./key-form.ts";

const LANGUAGES = ["curl", "python", "typescript"] as const;
type Language = (typeof LANGUAGES)[number];
const LANGUAGE_TEXT = { curl: "keys.curl", python: "keys.python", typescript: "keys.typescript" } as const satisfies Record<Language, string>;

function Snippets({ snippets }: { readonly snippets: Readonly<Record<Language, string>> }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<Language>("curl");
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    const next = LANGUAGES[(LANGUAGES.indexOf(language) + by + LANGUAGES.length) % LANGUAGES.length] ?? "curl";
    setLanguage(next);
    document.getElementById(`snippet-${next}`)?.focus();
  };
  return (
    <div>
      <div className="mb-2 flex items-center gap-1">
        <div role="tablist" aria-label={t("keys.tryIt")} className="flex gap-1">
          {LANGUAGES.map((one) => (
            <button
              key={one}
              id={`snippet-${one}`}
              type="button"
              role="tab"
              aria-selected={one === language}
              aria-controls="snippet"
              tabIndex={one === language ? 0 : -1}
              onKeyDown={onKeyDown}
              onClick={() => setLanguage(one)}
              className={`h-8 rounded-6 px-3 text-13 ${one === language ? "bg-selected font-medium" : "text-muted hover:bg-hover"}`}
            >
              {t(LANGUAGE_TEXT[one])}
            </button>
          ))}
        </div>
        <span className="ml-auto">
          <CopyButton text={snippets[language]} label={t(LANGUAGE_TEXT[language])} />
        </span>
      </div>
      <pre
        id="snippet"
        role="tabpanel"
        aria-labelledby={`snippet-${language}`}
        tabIndex={0}
        className="max-h-56 overflow-auto rounded-8 bg-sunken p-3 font-mono text-12"
      >
        {snippets[language]}
      </pre>
    </div>
  );
}

function FirstCall({ keyId }: { readonly keyId: string }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const [callId, setCallId] = useState<string>();
  useSubscription(
    trpc.events.live.subscriptionOptions(
      { workspace, filter: { key: keyId } },
      { onData: ({ data }) => (data.kind === "call.finished" ? setCallId((first) => first ?? data.call.id) : undefined) },
    ),
  );
  return (
    <output className="flex items-center gap-2 text-13">
      {callId === undefined ? (
        <>
          <LoaderCircle aria-hidden size={15} className="animate-spin text-muted motion-reduce:animate-none" />
          <span className="text-muted">{t("keys.waiting")}</span>
        </>
      ) : (
        <>
          <CircleCheck aria-hidden size={15} className="text-ok-mark" />
          <span className="text-ok">{t("keys.firstCall")}</span>
          <AppLink className="text-accent hover:underline" href={paths.call(workspace, callId)}>
            {t("keys.openCall")}
          </AppLink>
        </>
      )}
    </output>
  );
}

export function KeySecretDialog({ created, onClose }: { readonly created: CreatedKey; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const [stored, setStored] = useState(false);
  const { data: groups } = useQuery(trpc.groups.list.queryOptions({ workspace }));
  const model = created.key.groups?.[0] ?? groups?.[0]?.name ?? "demo";
  return (
    <Dialog title={t("keys.secretTitle")} text={t("keys.secretText")} onClose={onClose} dismissible={false} wide>
      <div className="flex flex-col gap-4">
        <div className="flex items-center gap-2 rounded-8 border border-line bg-sunken py-1.5 pr-1.5 pl-3">
          <code aria-label={t("keys.secretLabel", { name: created.key.name })} className="min-w-0 flex-1 font-mono text-13 break-all">
            {created.secret}
          </code>
          <CopyButton text={created.secret} label={t("keys.secretLabel", { name: created.key.name })} wide />
        </div>
        <Snippets snippets={snippetsOf(location.origin, model, created.secret)} />
        <FirstCall keyId={created.key.id} />
        <div className="flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
          <label className="flex min-h-6 items-center gap-2 text-13">
            <input type="checkbox" checked={stored} onChange={(event) => setStored(event.target.checked)} className="size-4 accent-focus" />
            {t("keys.secretAck")}
          </label>
          <Button look="ink" disabled={!stored} onClick={onClose}>
            {t("keys.done")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
