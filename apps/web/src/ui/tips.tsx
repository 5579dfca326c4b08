/** One tooltip for the whole console: shows the `data-tip` of what is pointed at or focused by keyboard. */
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";

interface Tip {
  readonly text: string;
  readonly left: number;
  readonly top: number;
}

const DELAY_MS = 400;
const EDGE = 8;

function tipOf(target: EventTarget | null): Tip | undefined {
  const owner = target instanceof Element ? target.closest<HTMLElement>("[data-tip]") : null;
  const text = owner?.dataset["tip"];
  if (!owner || !text) return undefined;
  const box = owner.getBoundingClientRect();
  const beside = owner.dataset["tipSide"] === "right";
  return beside
    ? { text, left: box.right + EDGE, top: box.top + box.height / 2 - 13 }
    : { text, left: Math.min(Math.max(EDGE, box.left), window.innerWidth - 240), top: box.bottom + 34 > window.innerHeight ? box.top - 32 : box.bottom + 6 };
}

/** The words are already in each element's name or text, so this is hidden from screen readers. */
export function Tips() {
  const [tip, setTip] = useState<Tip>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (event: Event, delay: number): void => {
      clearTimeout(timer);
      const next = tipOf(event.target);
      if (next) timer = setTimeout(() => setTip(next), delay);
      else setTip(undefined);
    };
    const over = (event: Event): void => show(event, DELAY_MS);
    const focus = (event: Event): void => {
      if (event.target instanceof Element && event.target.matches(":focus-visible")) show(event, 0);
    };
    const hide = (): void => {
      clearTimeout(timer);
      setTip(undefined);
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focus);
    for (const name of ["focusout", "pointerdown", "keydown", "scroll"] as const) document.addEventListener(name, hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focus);
      for (const name of ["focusout", "pointerdown", "keydown", "scroll"] as const) document.removeEventListener(name, hide, true);
    };
  }, []);
  if (!tip) return null;
  // Beside #root, like every dialog: inside it would lie below them.
  return createPortal(
    <div
      aria-hidden
      className="pointer-events-none fixed z-50 max-w-60 rounded-6 bg-ink px-2 py-1 text-12 text-on-ink"
      style={{ left: tip.left, top: tip.top }}
    >
      {tip.text}
    </div>,
    document.body,
  );
}
