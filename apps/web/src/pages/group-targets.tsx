/** The targets of a group in its form: put in, placed, weighed, taken out. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { useWorkspace } from "../shell/workspace.tsx";
import { Button, IconButton } from "../ui/button.tsx";
import { INPUT } from "../ui/field.tsx";
import { withTarget, type TargetFields } from "./group-form.ts";

const TARGETS_MAX = 100;

interface GroupTargetsProps {
  readonly targets: readonly TargetFields[];
  /** A group has the models of its own owner. */
  readonly shared: boolean;
  readonly isBad: boolean;
  readonly onChange: (targets: readonly TargetFields[]) => void;
}

export function GroupTargets({ targets, shared, isBad, onChange }: GroupTargetsProps) {
  const { t } = useTranslation();
  const change = (index: number, part: Partial<TargetFields>): void => onChange(targets.map((target, at) => (at === index ? { ...target, ...part } : target)));
  return (
    <fieldset aria-describedby={isBad ? "group-targets-error" : undefined}>
      <legend className="mb-1 text-13 font-medium">{t("groups.order")}</legend>
      {targets.length === 0 ? <p className="text-13 text-muted">{t("groups.noTargetsYet")}</p> : null}
      <div className="grid grid-cols-[minmax(0,1fr)_72px_72px_auto] items-center gap-x-3 gap-y-2">
        {targets.length === 0 ? null : (
          <>
            <span className="text-12 text-muted">{t("groups.target")}</span>
            <span className="text-12 text-muted">{t("groups.priority")}</span>
            <span className="text-12 text-muted">{t("groups.weight")}</span>
            <span />
          </>
        )}
        {targets.map(({ target, priority, weight }, index) => (
          <div key={target} className="contents">
            <span className="truncate font-mono text-12" title={target}>
              {target}
            </span>
            <input
              id={index === 0 ? "group-targets" : undefined}
              className={INPUT}
              inputMode="numeric"
              aria-label={`${t("groups.priority")} ${target}`}
              value={priority}
              onChange={(event) => change(index, { priority: event.target.value.trim() })}
            />
            <input
              className={INPUT}
              inputMode="numeric"
              aria-label={`${t("groups.weight")} ${target}`}
              value={weight}
              onChange={(event) => change(index, { weight: event.target.value.trim() })}
            />
            <IconButton label={t("groups.removeTarget", { target })} onClick={() => onChange(targets.filter((_, at) => at !== index))}>
              <Trash2 aria-hidden size={14} />
            </IconButton>
          </div>
        ))}
      </div>
      {isBad ? (
        <p id="group-targets-error" className="mt-1 text-12 text-bad">
          {t("groups.badTargets")}
        </p>
      ) : null}
      <AddTarget targets={targets} shared={shared} onAdd={(target) => onChange(withTarget(targets, target))} />
    </fieldset>
  );
}

function AddTarget({ targets, shared, onAdd }: Pick<GroupTargetsProps, "targets" | "shared"> & { readonly onAdd: (target: string) => void }) {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const { data } = useQuery(trpc.providers.list.queryOptions({ workspace }));
  const [text, setText] = useState("");
  const models = (data ?? [])
    .filter((provider) => provider.shared === shared)
    .flatMap(({ name, models: of }) => of.map((model) => `${name}/${model.name}`))
    .filter((name) => !targets.some(({ target }) => target === name));
  const isKnown = models.includes(text.trim());
  const add = (): void => {
    if (!isKnown) return;
    onAdd(text.trim());
    setText("");
  };
  return (
    <div className="mt-3 flex items-end gap-2">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <label htmlFor="group-add" className="text-12 text-muted">
          {t("groups.addLabel")}
        </label>
        <input
          id="group-add"
          list="group-models"
          className={`${INPUT} font-mono`}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // Enter puts the target in; the form is sent by its own button.
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <datalist id="group-models">
          {models.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </datalist>
      </div>
      <Button disabled={!isKnown || targets.length >= TARGETS_MAX} onClick={add}>
        <Plus aria-hidden size={14} />
        {t("groups.add")}
      </Button>
    </div>
  );
}
