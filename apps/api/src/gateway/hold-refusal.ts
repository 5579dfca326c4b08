/** What a caller hears whose call was not held for: what is missing, and where to mend it. Clients print these words as they are. */
import type { KeyPrincipal } from "@switchyard/shared/domain/principal";
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { formatUsd, inCents, type NanoUsd } from "@switchyard/shared/kernel/money";
import { keysPath, walletPath } from "@switchyard/shared/wire/console-paths";
import type { HoldAnswer } from "../ledger/ledger.ts";
import { refusalFor as refusalOfKey } from "./idempotency.ts";
import type { GatewayPorts } from "./ports.ts";

type Refused = Exclude<HoldAnswer, { kind: "held" }>;
type Payer = Pick<KeyPrincipal, "workspaceName">;

/** @param amount what was asked for */
export function refusalOfHold({ consoleUrl }: Pick<GatewayPorts, "consoleUrl">, { workspaceName }: Payer, answer: Refused, amount: NanoUsd): Failure {
  switch (answer.kind) {
    case "short": {
      const isWallet = answer.of === "wallet";
      const link = consoleUrl && consoleUrl + (isWallet ? walletPath(workspaceName) : keysPath(workspaceName));
      const way = `${isWallet ? "Top up" : "Raise it"}${link ? ` at ${link}` : ""}, or ask for fewer tokens with max_tokens.`;
      return failure(isWallet ? "insufficient_credits" : "budget_exceeded", { publicText: `${shortOf(answer, amount)} ${way}`, ...(link ? { link } : {}) });
    }
    case "taken":
    case "reused":
      return refusalOfKey(answer.kind);
    case "frozen": {
      const link = consoleUrl && consoleUrl + walletPath(workspaceName);
      return failure("wallet_frozen", link ? { publicText: `The wallet is frozen, and only an operator can release it: ${link}`, link } : {});
    }
    case "unavailable":
      return failure("service_unavailable", { retryAfterMs: 1_000, detail: answer.detail });
  }
}

/** In cents: some clients search such words for digits like 502, and would take a refusal for a failure that heals. */
function shortOf({ of, available }: Extract<Refused, { kind: "short" }>, amount: NanoUsd): string {
  const most = inCents(amount, "up");
  const left = inCents(available, "down");
  // As the two amounts read, so that the sum is right for who checks it.
  const missing = formatUsd(most - left);
  return `This call may cost up to $${formatUsd(most)}, and ${of === "wallet" ? "the wallet" : "the budget of this key"} has $${formatUsd(left)} left: $${missing} too little.`;
}
