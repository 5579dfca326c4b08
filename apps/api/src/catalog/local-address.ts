/** Tells from a provider's address whether it is on this machine or in a private network, or where none may be. No name is looked up. */
import { BlockList, isIP } from "node:net";
import { FORBIDDEN_RANGES } from "@switchyard/shared/domain/forbidden-address";

const PRIVATE = new BlockList();
PRIVATE.addSubnet("10.0.0.0", 8);
PRIVATE.addSubnet("172.16.0.0", 12);
PRIVATE.addSubnet("192.168.0.0", 16);
PRIVATE.addSubnet("127.0.0.0", 8);
PRIVATE.addSubnet("::1", 128, "ipv6");
PRIVATE.addSubnet("fc00::", 7, "ipv6");

const FORBIDDEN = new BlockList();
for (const { network, prefix, family } of FORBIDDEN_RANGES) FORBIDDEN.addSubnet(network, prefix, family);

/** Names that only a local network answers to: `localhost`, a name without a dot, RFC 6762, RFC 8375 and the usual ones. */
const LOCAL_NAME = /^(?:localhost|[^.]+)$|\.(?:localhost|local|internal|lan|home\.arpa)$/;

export function isLocalAddress(baseUrl: string): boolean {
  const host = hostOf(baseUrl);
  const family = isIP(host);
  return family === 0 ? LOCAL_NAME.test(host) : PRIVATE.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** Whether the address is one that is never connected to; a name that leads to one is found out when it is looked up. */
export function isForbiddenAddress(baseUrl: string): boolean {
  const host = hostOf(baseUrl);
  const family = isIP(host);
  return family !== 0 && FORBIDDEN.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** As the URL's reader understands it: an address written as a number, in octal or hexadecimal is one. Empty when there is none. */
const hostOf = (baseUrl: string): string => (URL.canParse(baseUrl) ? new URL(baseUrl).hostname.replace(/^\[|\]$/g, "").toLowerCase() : "");
