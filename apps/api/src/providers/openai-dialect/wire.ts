/** The family's chat wire, made of a member's quirks. */
import type { ChatWire, ProviderEndpoint } from "../provider.ts";
import { partsOfReply } from "../reply-parts.ts";
import { dialectFailure } from "./failure.ts";
import { dialectRequest, type DialectQuirks } from "./request.ts";
import { dialectResponse } from "./response.ts";
import { dialectReader } from "./stream.ts";

/** @param quirks those of the member, or how they are found when the address tells them apart */
export const dialectWire = (quirks: DialectQuirks | ((endpoint: ProviderEndpoint) => DialectQuirks)): ChatWire => ({
  request: (ask, endpoint) => dialectRequest(ask, endpoint, typeof quirks === "function" ? quirks(endpoint) : quirks),
  response: dialectResponse,
  reader: dialectReader,
  retell: partsOfReply,
  failure: dialectFailure,
});
