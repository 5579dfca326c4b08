/** Where the console begins: texts first, then the app. */
import "./styles.css";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { startTexts } from "./i18n/setup.ts";
import { watchSystemTheme } from "./ui/theme.ts";

watchSystemTheme();
await startTexts();
const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
createRoot(place).render(<App />);
