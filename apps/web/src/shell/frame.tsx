/** What surrounds every page, signed in or not: the tooltip and the messages. */
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { onFirstNotice } from "../ui/notify.ts";
import { Tips } from "../ui/tips.tsx";

const Toaster = lazy(async () => ({ default: (await import("../ui/toaster.tsx")).Toaster }));

export function Frame() {
  const [notices, setNotices] = useState(false);
  useEffect(() => onFirstNotice(() => setNotices(true)), []);
  return (
    <>
      <Outlet />
      <Tips />
      {notices ? (
        <Suspense fallback={null}>
          <Toaster />
        </Suspense>
      ) : null}
    </>
  );
}
