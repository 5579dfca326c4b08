/** Whose network address a request comes from: the socket's, unless a proxy that the operator trusts says otherwise. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/**
 * @param trusted addresses or networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed
 * @throws when an entry is neither
 */
export function clientAddressOf(trusted: readonly string[]): (request: IncomingMessage) => string {
  const proxies = new BlockList();
  for (const entry of trusted) addTo(proxies, entry);
  return (request) => {
    let address = plain(request.socket.remoteAddress ?? "");
    if (trusted.length === 0) return address;
    const forwarded = [request.headers["x-forwarded-for"] ?? []]
      .flat()
      .join(",")
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
    // From the nearest hop outwards, as long as the one who says it is trusted.
    while (isTrusted(proxies, address)) {
      const next = forwarded.pop();
      if (next === undefined || isIP(plain(next)) === 0) break;
      address = plain(next);
    }
    return address;
  };
}

function addTo(list: BlockList, entry: string): void {
  const [address = "", bits] = entry.split("/");
  const version = isIP(address);
  if (version === 0) throw new Error(`TRUSTED_PROXIES: '${entry}' is not an address or a network`);
  const family = version === 6 ? "ipv6" : "ipv4";
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(bits), family);
}

const isTrusted = (list: BlockList, address: string): boolean => {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? "ipv6" : "ipv4");
};

/** IPv4 in IPv6's clothes is IPv4. */
const plain = (address: string): string => (address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address);
