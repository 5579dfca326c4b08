/** 登录与密码的文字。 */
import type * as english from "../en/account.ts";
import type { Translated } from "../translated.ts";

export const signIn: Translated<typeof english.signIn> = {
  title: "登录",
  lead: "请使用您在此处账户的地址和密码。",
  email: "邮箱地址",
  password: "密码",
  submit: "登录",
  submitting: "正在登录…",
  emailMissing: "请输入邮箱地址。",
  passwordMissing: "请输入密码。",
  wrong: "地址或密码不正确。",
  throttled_one: "尝试次数过多。请在 {{count}} 秒后重试。",
  throttled_other: "尝试次数过多。请在 {{count}} 秒后重试。",
  throttledSoon: "尝试次数过多。请稍候再试。",
  firstTime: "全新安装时，服务器首次启动会打印登录地址和一次性密码。",
  expired: "会话已结束",
  expiredText: "请重新登录以继续。此页面上的内容不会丢失。",
};

export const password: Translated<typeof english.password> = {
  title: "修改密码",
  current: "当前密码",
  next: "新密码",
  again: "再次输入新密码",
  rule: "至少 12 个字符",
  short: "新密码至少需要 12 个字符。",
  different: "两次输入的新密码不一致。",
  missing: "请输入当前密码。",
  wrong: "当前密码不正确。",
  submit: "修改密码",
  submitting: "正在修改…",
  done: "密码已修改。",
};
