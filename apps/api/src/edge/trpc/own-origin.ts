/** Decides whether a page that sends a request is one of ours. */

/**
 * Whether `origin` is the public URL's, or that of the very host the request was sent to. A browser sets both headers and
 * no page can forge them; cookies belong to a host, so a page that came to us by another name brings none of ours.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined, publicUrl: string | undefined): boolean {
  if (origin === undefined || origin === "null" || !URL.canParse(origin)) return false;
  const from = new URL(origin);
  if (from.origin !== origin || (from.protocol !== "http:" && from.protocol !== "https:")) return false;
  if (publicUrl !== undefined && new URL(publicUrl).origin === origin) return true;
  return host !== undefined && host !== "" && from.host === host.toLowerCase();
}
