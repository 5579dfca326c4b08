/** Takes secrets out of a provider's words before anybody reads them, and keeps them short. */

const TEXT_CHARS_MAX = 300;
/** Enough to keep every pattern linear in what is kept. */
const SCAN_CHARS_MAX = 4_000;

/** What secrets look like; each is replaced as a whole. Order matters: whole addresses before keys within them. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|mssql):\/\/[^\s"'<>]{1,500}/gi, "[address]"],
  [/:\/\/[^\s/@"'<>]{1,200}:[^\s/@"'<>]{1,200}@/g, "://[credentials]@"],
  [/([?&](?:api[-_]?key|key|token|access[-_]?token|signature|sig|secret|password|auth|code|x-amz-[a-z-]+)=)[^\s&"'<>#]{1,500}/gi, "$1[redacted]"],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=*-]{6,}/gi, "$1 [redacted]"],
  [/-----BEGIN [A-Z ]{1,40}-----[\s\S]{0,4000}?(?:-----END [A-Z ]{1,40}-----|$)/g, "[private key]"],
  [/\beyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, "[token]"],
  [/\b(?:sk|pk|rk|sy|xai|gsk|pplx|hf|ghp|gho|ghs|glpat|key|r8|nvapi|fw)[-_][A-Za-z0-9_*.-]{8,}/g, "[key]"],
  [/\bAIza[A-Za-z0-9_*-]{10,}/g, "[key]"],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/g, "[key]"],
  [/((?:api[-_ ]?key|secret|password|token|authorization)["']?\s*[:=]\s*["']?)[^\s"',;}]{6,}/gi, "$1[redacted]"],
  [/\b[A-Fa-f0-9]{32,}\b/g, "[key]"],
  [/\b(?=[A-Za-z0-9+/_-]{0,64}[0-9])(?=[A-Za-z0-9+/_-]{0,64}[A-Z])(?=[A-Za-z0-9+/_-]{0,64}[a-z])[A-Za-z0-9+/_-]{36,}={0,2}/g, "[key]"],
];

/**
 * One line of at most 300 characters without key-like strings, credentials in addresses and control characters.
 * The provider's own key of the attempt is among what is removed when it looks like any known kind of key.
 */
export function redact(text: string): string {
  let words = withoutSecrets(text.slice(0, SCAN_CHARS_MAX).toWellFormed());
  // eslint-disable-next-line no-control-regex -- control characters are what is removed here
  words = words.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return words.length > TEXT_CHARS_MAX ? `${words.slice(0, TEXT_CHARS_MAX - 1).toWellFormed()}…` : words;
}

/** The text with everything that looks like a secret replaced; nothing else changes. Also the last guard before the log. */
export function withoutSecrets(text: string): string {
  let words = text;
  for (const [pattern, replacement] of SECRETS) words = words.replace(pattern, replacement);
  return words;
}
