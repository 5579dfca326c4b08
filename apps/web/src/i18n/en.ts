/** Every text of the console in English, page by page; the other languages have exactly these keys. */
import { signIn, password } from "./en/account.ts";
import { usagePart, call, story, route, failure, code } from "./en/call.ts";
import { outcome, calls } from "./en/calls.ts";
import { groups } from "./en/groups.ts";
import { keys } from "./en/keys.ts";
import { limits } from "./en/limits.ts";
import { model, importTexts, prices } from "./en/models.ts";
import { overview } from "./en/overview.ts";
import { providers, provider, health, serviceTier, capability } from "./en/providers.ts";
import { routing, aliases, changes } from "./en/routing.ts";
import { app, problem, nav, live, range, palette, shortcuts } from "./en/shell.ts";
import { wallet } from "./en/wallet.ts";
import type { Translated } from "./translated.ts";

export const en = {
  app,
  problem,
  signIn,
  nav,
  live,
  range,
  outcome,
  overview,
  calls,
  usagePart,
  call,
  story,
  failure,
  code,
  providers,
  serviceTier,
  capability,
  groups,
  routing,
  aliases,
  changes,
  provider,
  route,
  health,
  limits,
  keys,
  wallet,
  password,
  palette,
  import: importTexts,
  prices,
  model,
  shortcuts,
};

/** The shape every language has. */
export type Texts = Translated<typeof en>;
