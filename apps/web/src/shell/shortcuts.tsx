/** The sheet of keyboard shortcuts. */
import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/dialog.tsx";
import { NAV_ENTRIES } from "./nav.ts";
import { MOD } from "./sidebar.tsx";

function Keys({ keys }: { readonly keys: string }) {
  return (
    <span className="flex gap-1">
      {keys.split(" ").map((key, index) => (
        <kbd key={index} className="min-w-6 rounded-4 border border-line bg-sunken px-1.5 text-center font-sans text-12">
          {key}
        </kbd>
      ))}
    </span>
  );
}

export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const sections = [
    {
      title: t("shortcuts.everywhere"),
      rows: [
        [t("shortcuts.palette"), `${MOD.trim()} K`],
        [t("shortcuts.theme"), "t"],
        [t("shortcuts.sheet"), "?"],
        [t("shortcuts.escape"), "Esc"],
      ],
    },
    { title: t("shortcuts.goTo"), rows: NAV_ENTRIES.map((entry) => [t(entry.text), entry.hotkey]) },
    {
      title: t("shortcuts.lists"),
      rows: [
        [t("shortcuts.search"), "/"],
        [t("shortcuts.next"), "j"],
        [t("shortcuts.previous"), "k"],
        [t("shortcuts.open"), "o"],
        [t("shortcuts.live"), "l"],
      ],
    },
  ];
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose} wide>
      <div className="grid gap-6 sm:grid-cols-2">
        {sections.map((section) => (
          <section key={section.title}>
            <h3 className="mb-1 text-12 text-faint">{section.title}</h3>
            <dl>
              {section.rows.map(([name = "", keys = ""]) => (
                <div key={name} className="flex items-center justify-between gap-4 py-1">
                  <dt className="text-13">{name}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
