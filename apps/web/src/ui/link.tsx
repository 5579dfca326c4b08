/** A link inside the console: a real address, followed without a reload, its page fetched when it is pointed at. */
import { useRouter } from "@tanstack/react-router";
import type { ComponentProps, MouseEvent } from "react";

interface AppLinkProps extends ComponentProps<"a"> {
  readonly href: string;
  /** Takes the place of the present address, so that Back does not return to it. */
  readonly replace?: boolean;
}

const isPlainClick = (event: MouseEvent<HTMLAnchorElement>): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;

export function AppLink({ href, replace = false, onClick, children, ...rest }: AppLinkProps) {
  const router = useRouter();
  const preload = (): void => {
    // A failed fetch ahead of time is no failure: following the link fetches again and reports.
    void router.preloadRoute({ to: href }).catch(() => undefined);
  };
  return (
    <a
      {...rest}
      href={href}
      onMouseEnter={preload}
      onFocus={preload}
      onClick={(event) => {
        onClick?.(event);
        if (!isPlainClick(event)) return;
        event.preventDefault();
        if (replace) router.history.replace(href);
        else router.history.push(href);
      }}
    >
      {children}
    </a>
  );
}
