/** The one place where the console asks what time it is. */

/** Milliseconds since 1970. */
export const nowMs = (): number => Date.now();

/** The zone every date is shown and every bucket is cut in; shown beside each range. */
export const ZONE = "UTC";
