/** Short messages to the reader; the part that draws them is fetched when the first one comes. */

export interface Notice {
  readonly text: string;
  readonly tone: "ok" | "bad";
}

let waiting: Notice[] = [];
let show: ((notice: Notice) => void) | undefined;
let wake: (() => void) | undefined;

/** Shows a message for some seconds and reads it out politely. */
export function notify(notice: Notice): void {
  if (show) show(notice);
  else {
    waiting.push(notice);
    wake?.();
  }
}

/** Is called when the first message waits: the time to fetch the part that draws. @returns the way to stop listening. */
export function onFirstNotice(listener: () => void): () => void {
  wake = listener;
  if (waiting.length > 0) listener();
  return () => {
    wake = undefined;
  };
}

/** The drawing part takes over, beginning with what waits. @returns the way to give it back. */
export function drawNotices(draw: (notice: Notice) => void): () => void {
  show = draw;
  for (const notice of waiting) draw(notice);
  waiting = [];
  return () => {
    show = undefined;
  };
}
