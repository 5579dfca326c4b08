/** The fields of routing that a group and the settings for all groups have alike; what is left empty shows what holds instead. */
import { PROVIDER_FAILURES } from "@switchyard/shared/domain/call";
import type { FailureRule } from "@switchyard/shared/domain/routing";
import type { RoutingDefaults } from "@switchyard/shared/wire/console/routing";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Field, INPUT, SelectField } from "../ui/field.tsx";
import { TextArea } from "../ui/text-area.tsx";
import { FAILURE_TEXT } from "./call-story.ts";
import { NUMBERS, type NumberField, type RoutingFault, type RoutingFields } from "./routing-fields.ts";

export interface RoutingFormProps {
  /** Begins the ids of the fields. */
  readonly place: string;
  readonly fields: RoutingFields;
  readonly faults: readonly RoutingFault[];
  /** What holds where a field is empty. */
  readonly inherited: RoutingDefaults;
  readonly onChange: (part: Partial<RoutingFields>) => void;
}

const TIMES = ["connectMs", "firstTokenMs", "answerMs", "stallMs", "hedgeAfterMs"] as const;
const RESTS = ["restFailures", "restMinutes", "restShare", "restSeconds"] as const;
const CACHE = ["cacheSeconds", "cachePercent"] as const;

const NUMBER_TEXT = {
  connectMs: ["routing.connectMs", "routing.connectMsHint"],
  firstTokenMs: ["groups.firstTokenMs", "groups.firstTokenMsHint"],
  answerMs: ["routing.answerMs", "routing.answerMsHint"],
  stallMs: ["routing.stallMs", "routing.stallMsHint"],
  hedgeAfterMs: ["groups.hedgeAfterMs", "groups.hedgeAfterMsHint"],
  restFailures: ["groups.restFailures", "groups.restFailuresHint"],
  restMinutes: ["groups.restMinutes", "groups.restMinutesHint"],
  restShare: ["routing.restShare", "routing.restShareHint"],
  restSeconds: ["groups.restSeconds", "groups.restSecondsHint"],
  cacheSeconds: ["routing.cacheSeconds", "routing.cacheSecondsHint"],
  cachePercent: ["routing.cachePercent", "routing.cachePercentHint"],
} as const satisfies Record<NumberField, readonly [string, string]>;

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-13 font-semibold">{title}</legend>
      {children}
    </fieldset>
  );
}

function Numbers({ names, place, fields, faults, inherited, onChange }: RoutingFormProps & { readonly names: readonly NumberField[] }) {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {names.map((name) => (
        <Field
          key={name}
          id={`${place}-${name}`}
          label={t(NUMBER_TEXT[name][0])}
          hint={t(NUMBER_TEXT[name][1])}
          error={faults.includes(name) ? t("groups.badNumber") : undefined}
          value={fields.numbers[name]}
          inputMode="decimal"
          autoComplete="off"
          placeholder={t("routing.otherwise", { value: NUMBERS[name].of(inherited) ?? "" })}
          onChange={(event) => onChange({ numbers: { ...fields.numbers, [name]: event.target.value.trim() } })}
        />
      ))}
    </div>
  );
}

const RULE_TEXT = { next: "routing.ruleNext", stop: "routing.ruleStop", accept: "routing.ruleAccept" } as const satisfies Record<FailureRule, string>;
const isRule = (text: string): text is FailureRule => text in RULE_TEXT;

function Rules({ place, fields, inherited, onChange }: RoutingFormProps) {
  const { t } = useTranslation();
  return (
    <details open={Object.keys(fields.on).length > 0}>
      <summary className="cursor-pointer text-13 font-medium">{t("routing.rules")}</summary>
      <p className="mt-1 text-12 text-faint">{t("routing.rulesHint")}</p>
      <ul className="mt-2 grid gap-x-4 gap-y-2 sm:grid-cols-2">
        {PROVIDER_FAILURES.map((kind) => {
          const id = `${place}-on-${kind}`;
          const { [kind]: mine, ...others } = fields.on;
          return (
            <li key={kind} className="flex items-center justify-between gap-2">
              <label htmlFor={id} className="text-13">
                {t(FAILURE_TEXT[kind])}
              </label>
              <select
                id={id}
                className={`${INPUT} w-44 shrink-0`}
                value={mine ?? ""}
                onChange={({ target }) => onChange({ on: isRule(target.value) ? { ...others, [kind]: target.value } : others })}
              >
                <option value="">{t("routing.otherwise", { value: t(RULE_TEXT[inherited.on[kind]]) })}</option>
                <option value="next">{t("routing.ruleNext")}</option>
                <option value="stop">{t("routing.ruleStop")}</option>
                {kind === "empty" ? <option value="accept">{t("routing.ruleAccept")}</option> : null}
              </select>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

export function RoutingFieldsForm(props: RoutingFormProps) {
  const { t } = useTranslation();
  const { place, fields, faults, inherited, onChange } = props;
  return (
    <>
      <SelectField
        id={`${place}-sticky`}
        label={t("groups.sticky")}
        value={fields.sticky}
        onChange={({ target }) => onChange({ sticky: target.value as RoutingFields["sticky"] })}
        options={[
          { value: "", label: t("routing.otherwise", { value: inherited.sticky ? t("routing.yes") : t("routing.no") }) },
          { value: "yes", label: t("routing.yes") },
          { value: "no", label: t("routing.no") },
        ]}
      />
      <Part title={t("routing.times")}>
        <Numbers {...props} names={TIMES} />
      </Part>
      <Part title={t("routing.rests")}>
        <Numbers {...props} names={RESTS} />
      </Part>
      <Part title={t("routing.failures")}>
        <TextArea
          id={`${place}-keywords`}
          label={t("groups.keywords")}
          hint={t("groups.keywordsEditHint")}
          error={faults.includes("keywords") ? t("groups.badKeywords") : undefined}
          value={fields.keywords}
          onChange={(event) => onChange({ keywords: event.target.value })}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          {(["next", "stop"] as const).map((name) => (
            <Field
              key={name}
              id={`${place}-${name}`}
              label={name === "next" ? t("routing.statusesNext") : t("routing.statusesStop")}
              hint={t("routing.statusesHint")}
              error={faults.includes(name) ? t("routing.badStatuses") : undefined}
              value={fields[name]}
              autoComplete="off"
              onChange={(event) => onChange({ [name]: event.target.value })}
            />
          ))}
        </div>
        <Rules {...props} />
      </Part>
      <Part title={t("routing.cache")}>
        <Numbers {...props} names={CACHE} />
      </Part>
    </>
  );
}
