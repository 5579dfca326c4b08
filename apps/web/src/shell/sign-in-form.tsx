/** Address and password, with an error that says what to do; on its own page and in the dialog after a session ended. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Account } from "@switchyard/shared/wire/console/account";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { trpc } from "../api.ts";
import { problemOf } from "../problem.ts";
import { sessionBegun } from "../session.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { textOf as valueIn } from "../ui/form-value.ts";
import { useProblemText } from "../ui/problem-note.tsx";

interface SignInFormProps {
  readonly email?: string;
  readonly onDone: (account: Account) => void;
}

interface Missing {
  readonly email?: string;
  readonly password?: string;
}

function useSignInProblem(): (error: unknown) => string {
  const { t } = useTranslation();
  const textOf = useProblemText();
  return (error) => {
    const problem = problemOf(error);
    if (problem.kind === "credentials") return t("signIn.wrong");
    if (problem.kind !== "tooMany") return textOf(error);
    return problem.retryAfterSeconds === undefined ? t("signIn.throttledSoon") : t("signIn.throttled", { count: problem.retryAfterSeconds });
  };
}

export function SignInForm({ email = "", onDone }: SignInFormProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const problemText = useSignInProblem();
  const [missing, setMissing] = useState<Missing>({});
  const signIn = useMutation(
    trpc.account.signIn.mutationOptions({
      onSuccess: async () => {
        const account = await queries.fetchQuery(trpc.account.me.queryOptions(undefined, { staleTime: 0 }));
        sessionBegun();
        onDone(account);
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = { email: valueIn(form, "email").trim(), password: valueIn(form, "password") };
    setMissing({ ...(given.email ? {} : { email: t("signIn.emailMissing") }), ...(given.password ? {} : { password: t("signIn.passwordMissing") }) });
    if (given.email && given.password) signIn.mutate(given);
    else event.currentTarget.querySelector<HTMLInputElement>(given.email ? '[name="password"]' : '[name="email"]')?.focus();
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {signIn.error === null ? null : (
        <p role="alert" className="rounded-6 bg-bad-tint px-3 py-2 text-13 text-bad">
          {problemText(signIn.error)}
        </p>
      )}
      {/* oxlint-disable jsx-a11y/no-autofocus -- the form is all there is to do here */}
      <Field
        id="sign-in-email"
        name="email"
        type="email"
        autoComplete="username"
        label={t("signIn.email")}
        defaultValue={email}
        error={missing.email}
        autoFocus={email === ""}
      />
      <Field
        id="sign-in-password"
        name="password"
        type="password"
        autoComplete="current-password"
        label={t("signIn.password")}
        error={missing.password}
        autoFocus={email !== ""}
      />
      {/* oxlint-enable jsx-a11y/no-autofocus */}
      <Button type="submit" look="ink" disabled={signIn.isPending}>
        {signIn.isPending ? t("signIn.submitting") : t("signIn.submit")}
      </Button>
    </form>
  );
}
