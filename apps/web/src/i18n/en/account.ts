/** Texts of signing in and the password. */

export const signIn = {
  title: "Sign in",
  lead: "Use the address and password of your account here.",
  email: "E-mail address",
  password: "Password",
  submit: "Sign in",
  submitting: "Signing in…",
  emailMissing: "Enter your e-mail address.",
  passwordMissing: "Enter your password.",
  wrong: "The address or the password is not right.",
  throttled_one: "Too many attempts. Try again in {{count}} second.",
  throttled_other: "Too many attempts. Try again in {{count}} seconds.",
  throttledSoon: "Too many attempts. Wait a little, then try again.",
  firstTime: "On a new installation the address and a one-time password were printed when the server first started.",
  expired: "Your session has ended",
  expiredText: "Sign in again to go on where you were. Nothing on this page is lost.",
};

export const password = {
  title: "Change password",
  current: "Present password",
  next: "New password",
  again: "New password once more",
  rule: "At least 12 characters",
  short: "The new password needs at least 12 characters.",
  different: "The two new passwords are not the same.",
  missing: "Enter your present password.",
  wrong: "The present password is not right.",
  submit: "Change password",
  submitting: "Changing…",
  done: "Your password is changed.",
};
