/** 控制台的全部简体中文文字，按页面分文件；键与英文完全一致。 */
import type { Texts } from "./en.ts";
import { signIn, password } from "./zh-CN/account.ts";
import { usagePart, call, story, route, failure, code } from "./zh-CN/call.ts";
import { outcome, calls } from "./zh-CN/calls.ts";
import { groups } from "./zh-CN/groups.ts";
import { keys } from "./zh-CN/keys.ts";
import { limits } from "./zh-CN/limits.ts";
import { model, importTexts, prices } from "./zh-CN/models.ts";
import { overview } from "./zh-CN/overview.ts";
import { providers, provider, health, serviceTier, capability } from "./zh-CN/providers.ts";
import { routing, aliases, changes } from "./zh-CN/routing.ts";
import { app, problem, nav, live, range, palette, shortcuts } from "./zh-CN/shell.ts";
import { wallet } from "./zh-CN/wallet.ts";

export const zhCN: Texts = {
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
