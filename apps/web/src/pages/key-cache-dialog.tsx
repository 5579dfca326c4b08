/** Whether the answers to a key's calls are kept: as its groups say, never, or for a time of its own. */
import { CACHE_SECONDS_MAX } from "@switchyard/shared/domain/routing";
import type { KeyRow } from "@switchyard/shared/wire/console/keys";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { notify } from "../ui/notify.ts";
import { useProblemText } from "../ui/problem-note.tsx";

const CHOICES = { inherit: "keys.cacheInherit", off: "keys.cacheOff", on: "keys.cacheOn" } as const;
type Choice = keyof typeof CHOICES;
const NEW_SECONDS = "600";

const choiceOf = (seconds: number | undefined): Choice => (seconds === undefined ? "inherit" : seconds === 0 ? "off" : "on");

export function KeyCacheDialog({ apiKey, onClose }: { readonly apiKey: KeyRow; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const textOf = useProblemText();
  const queries = useQueryClient();
  const [choice, setChoice] = useState<Choice>(() => choiceOf(apiKey.cacheSeconds));
  const [text, setText] = useState(apiKey.cacheSeconds ? String(apiKey.cacheSeconds) : NEW_SECONDS);
  const [tried, setTried] = useState(false);
  const { mutate, isPending, error } = useMutation(
    trpc.keys.setCache.mutationOptions({
      onSuccess: () => {
        void queries.invalidateQueries(trpc.keys.pathFilter());
        notify({ text: t("keys.cacheSaved", { name: apiKey.name }), tone: "ok" });
        onClose();
      },
    }),
  );
  const isTime = /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= CACHE_SECONDS_MAX;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (choice === "on" && !isTime) return document.getElementById("key-cache-seconds")?.focus();
    mutate({ workspace, id: apiKey.id, ...(choice === "inherit" ? {} : { seconds: choice === "off" ? 0 : Number(text) }) });
  };
  return (
    <Dialog title={t("keys.cacheTitle", { name: apiKey.name })} text={t("keys.cacheText")} onClose={onClose}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {error === null ? null : (
          <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
            {textOf(error)}
          </p>
        )}
        <fieldset className="flex flex-col gap-1">
          <legend className="sr-only">{t("keys.cacheTitle", { name: apiKey.name })}</legend>
          {(Object.keys(CHOICES) as Choice[]).map((one) => (
            <label key={one} className="flex min-h-6 items-center gap-2 text-13">
              <input type="radio" name="key-cache" checked={choice === one} onChange={() => setChoice(one)} className="size-4 accent-focus" />
              {t(CHOICES[one])}
            </label>
          ))}
        </fieldset>
        {choice === "on" ? (
          <Field
            id="key-cache-seconds"
            label={t("keys.cacheSeconds")}
            hint={t("keys.cacheSecondsHint")}
            value={text}
            inputMode="numeric"
            autoComplete="off"
            error={tried && !isTime ? t("keys.cacheBad") : undefined}
            onChange={({ target }) => setText(target.value.trim())}
          />
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" look="ink" disabled={isPending}>
            {isPending ? t("limits.saving") : t("keys.cacheSave")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
