/** From a request's headers to a principal with the scope that the route needs, or a refusal. */
import type { IncomingMessage } from "node:http";
import type { KeyPrincipal, Scope } from "@switchyard/shared/domain/principal";
import { failure } from "@switchyard/shared/kernel/failure";
import { refused, type Result } from "@switchyard/shared/kernel/result";
import type { Authenticator } from "../../identity/authenticator.ts";
import { bearerOf } from "../../identity/bearer.ts";

export interface AuthenticatePorts {
  readonly authenticator: Authenticator;
}

/** Not async by itself: a cached key costs no turn of the event loop. */
export function authenticate({ authenticator }: AuthenticatePorts, req: IncomingMessage, scope: Scope): Result<KeyPrincipal> | Promise<Result<KeyPrincipal>> {
  const token = bearerOf(req.headers, req.rawHeaders);
  if (!token.ok) return token;
  const known = authenticator.authenticate(token.value);
  return known instanceof Promise ? known.then((one) => withScope(one, scope)) : withScope(known, scope);
}

const withScope = (known: Result<KeyPrincipal>, scope: Scope): Result<KeyPrincipal> =>
  known.ok && !known.value.scopes.includes(scope)
    ? refused(failure("permission_denied", { publicText: scope === "operator" ? "This needs an operator key." : "This key may not be used for inference." }))
    : known;
