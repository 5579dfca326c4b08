/** Anthropic's frames: clients read nothing from one that does not name its event. */
export const frameOf = (event: { readonly type: string } & Readonly<Record<string, unknown>>): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Keeps a silent connection alive; every client passes over it. */
export const PING_FRAME = frameOf({ type: "ping" });
