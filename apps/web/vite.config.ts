/** How the console is built: one entry, lazy routes, no inlined assets (the content policy forbids `data:` fonts). */
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The two latin faces are on every page, so the browser is told before it has read the stylesheet. */
function preloadFonts(): Plugin {
  return {
    name: "preload-fonts",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        return Object.keys(bundle ?? {})
          .filter((file) => /geist(-mono)?-latin-wght-normal.*\.woff2$/.test(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "preload", href: `/${file}`, as: "font", type: "font/woff2", crossorigin: "" },
            injectTo: "head" as const,
          }));
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwind(), preloadFonts()],
  build: { outDir: "dist", emptyOutDir: true, assetsInlineLimit: 0, manifest: true, target: "es2023" },
  server: { proxy: { "/trpc": { target: "http://127.0.0.1:4100", ws: true }, "/v1": "http://127.0.0.1:4100" } },
});
