/** Starts the texts: one language at a time is loaded, and changed without a reload. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { Texts } from "./en.ts";

export const LANGUAGES = [
  { code: "en", name: "English" },
  { code: "zh-CN", name: "简体中文" },
] as const;
export type Language = (typeof LANGUAGES)[number]["code"];

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: Texts };
    returnNull: false;
  }
}

const STORED = "switchyard.language";

const LOADERS: Record<Language, () => Promise<Texts>> = {
  en: async () => (await import("./en.ts")).en,
  "zh-CN": async () => (await import("./zh-CN.ts")).zhCN,
};

const isLanguage = (code: string): code is Language => LANGUAGES.some((one) => one.code === code);

/** The language that the page was painted in: `before-paint.js` has put it on <html>. */
export const firstLanguage = (): Language => (isLanguage(document.documentElement.lang) ? document.documentElement.lang : "en");

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, "translation")) return;
  i18next.addResourceBundle(language, "translation", await LOADERS[language]());
}

/** Must have ended before anything is drawn. @throws when the language file cannot be fetched. */
export async function startTexts(): Promise<void> {
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(language);
  await i18next.changeLanguage(language);
}

/** Loads the language if need be, then shows it everywhere and remembers it. */
export async function chooseLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(STORED, language);
}
