/** The reader's locale, for formats; changes with the language. */
import { useTranslation } from "react-i18next";

/** A BCP 47 tag such as `zh-CN`. */
export const useLocale = (): string => useTranslation().i18n.language;
