/** Reads the list of models that a provider has, page by page, and says in words why it cannot be read. */
import { failure, type Failure } from "@switchyard/shared/kernel/failure";
import { ok, refused, type Result } from "@switchyard/shared/kernel/result";
import { listRequest, readList, type ListEndpoint, type ListedModel } from "./model-list.ts";

const PAGES_MAX = 20;
const MODELS_MAX = 5_000;
const PAGE_BYTES_MAX = 8 * 1024 * 1024;
const PAGE_MS = 15_000;

/** What a list is read with; never follows redirects, never reads more or longer than said. */
export type ReadText = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytesMax: number;
  readonly totalMs: number;
}) => Promise<
  | { readonly kind: "answer"; readonly status: number; readonly contentType: string; readonly lastModified: string | undefined; readonly text: string }
  | { readonly kind: "failure"; readonly why: "forbidden" | "private" | "unreachable" | "slow" | "large" | "invalid"; readonly detail: string }
>;

/** Every page of the list; nothing of what the other side says reaches an error. */
export async function readModels(read: ReadText, endpoint: ListEndpoint, tell: (models: number) => void): Promise<Result<ListedModel[]>> {
  const models: ListedModel[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const answer = await read({ ...listRequest(endpoint, after), bytesMax: PAGE_BYTES_MAX, totalMs: PAGE_MS });
    if (answer.kind === "failure") return refused(unreadable(WHY[answer.why], answer.detail));
    if (answer.status !== 200) return refused(unreadable(statusWords(answer.status), `HTTP ${answer.status}`));
    const list = readList(endpoint.kind, answer.text);
    if (!list) return refused(unreadable("answered with something that is no list of models", answer.contentType.slice(0, 100)));
    models.push(...list.models);
    tell(models.length);
    if (models.length > MODELS_MAX) return refused(unreadable(`lists more than ${MODELS_MAX} models`));
    if (list.next === undefined) return ok(models);
    after = list.next;
  }
  return refused(unreadable(`has more than ${PAGES_MAX} pages of models`));
}

const WHY = {
  forbidden: "has a link-local address or that of a cloud's metadata service, where no provider may be",
  private: "has a private address, to which this installation does not connect",
  unreachable: "cannot be reached",
  slow: "did not answer in time",
  large: "answered with too much",
  invalid: "answered with something that cannot be read",
} as const;

const statusWords = (status: number): string =>
  status === 401 || status === 403
    ? "refused the key"
    : status >= 300 && status < 400
      ? "answered with a redirect, which is not followed"
      : status === 404
        ? "has no list of models at this address"
        : `answered with HTTP ${status}`;

const unreadable = (what: string, detail?: string): Failure =>
  failure("upstream_invalid", { param: "provider", publicText: `The provider ${what}.`, ...(detail === undefined ? {} : { detail }) });
