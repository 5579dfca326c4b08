/** After a session has ended: sign in over the page, which keeps everything that was on it. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/dialog.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { usePlace } from "./workspace.tsx";

export function SessionDialog() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { account } = usePlace();
  return (
    <Dialog title={t("signIn.expired")} text={t("signIn.expiredText")} dismissible={false} onClose={() => undefined}>
      <SignInForm
        email={account.email}
        onDone={(now) => {
          // Someone else's figures must not stay on the screen.
          if (now.userId === account.userId) void queries.invalidateQueries();
          else void queries.resetQueries();
        }}
      />
    </Dialog>
  );
}
