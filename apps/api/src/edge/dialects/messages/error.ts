/** A refusal in Anthropic's envelope: the one place where the failure table becomes its words. */
import { FAILURES, publicTextOf, type Failure } from "@switchyard/shared/kernel/failure";

export interface MessagesErrorBody {
  readonly type: "error";
  readonly error: { readonly type: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> };
  readonly request_id: string | null;
}

/** `details.error_code` is our stable code; `details.param` names the field that is wrong, `details.url` where to mend it. */
export const messagesErrorOf = (failure: Failure, requestId: string | undefined): MessagesErrorBody => ({
  type: "error",
  error: { type: FAILURES[failure.code].anthropic, message: publicTextOf(failure), details: detailsOf(failure) },
  request_id: requestId ?? null,
});

function detailsOf({ code, param, link }: Failure): Readonly<Record<string, unknown>> {
  // The SDK's own words: on reading them it sends the whole conversation again, without `thread`.
  if (code === "thread_unsupported") return { error_code: "thread_unsupported_request", unsupported: ["thread"] };
  return { error_code: code, ...(param === undefined ? {} : { param }), ...(link === undefined ? {} : { url: link }) };
}

/** Anthropic's status for "overloaded" is one of its own. */
export function messagesStatusOf({ code }: Failure): number {
  const { http, anthropic } = FAILURES[code];
  return http === 503 && anthropic === "overloaded_error" ? 529 : http;
}
