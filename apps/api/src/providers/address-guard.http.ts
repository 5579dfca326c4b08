/** Keeps connections away from addresses where no provider may be, judged by the address that is really connected to. */
import { lookup as systemLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { FORBIDDEN_RANGES } from "@switchyard/shared/domain/forbidden-address";
import { buildConnector } from "undici";

/** Ranges that are not the public internet: this host, private networks, link-local (metadata services), multicast, reserved. */
const PRIVATE_RANGES: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  ["::", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const privateRanges = new BlockList();
for (const [network, prefix, family] of PRIVATE_RANGES) privateRanges.addSubnet(network, prefix, family);
const forbiddenRanges = new BlockList();
for (const { network, prefix, family } of FORBIDDEN_RANGES) forbiddenRanges.addSubnet(network, prefix, family);

/** Why an address is not connected to: `forbidden` always, `private` unless the installation allows it. */
export type WhyRefused = "forbidden" | "private";

/** @returns undefined for a public address, and for what is no address. IPv4 written as IPv6 is judged as IPv4. */
export function whyRefused(address: string): WhyRefused | undefined {
  const family = isIP(address);
  if (family === 0) return undefined;
  const type = family === 4 ? "ipv4" : "ipv6";
  if (forbiddenRanges.check(address, type)) return "forbidden";
  return privateRanges.check(address, type) ? "private" : undefined;
}

const WORDS = {
  forbidden: "the address is link-local or a cloud's metadata service, to which this gateway never connects",
  private: "the address is private and this gateway may not connect to private addresses",
} as const;

export class AddressRefused extends Error {
  readonly why: WhyRefused;
  constructor(why: WhyRefused) {
    super(WORDS[why]);
    this.why = why;
  }
}

type Judge = (address: string) => WhyRefused | undefined;

const judgeOf =
  (allowPrivateAddresses: boolean): Judge =>
  (address) => {
    const why = whyRefused(address);
    return why === "private" && allowPrivateAddresses ? undefined : why;
  };

/** A look-up that fails when any of a name's addresses is refused: a provider's name has no reason for one. */
const guardedLookup =
  (judge: Judge): LookupFunction =>
  (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      for (const { address } of addresses) {
        const why = judge(address);
        if (why !== undefined) return callback(new AddressRefused(why), []);
      }
      if (options.all) return callback(null, addresses);
      const first = addresses[0];
      return first ? callback(null, first.address, first.family) : callback(new Error("the name has no address"), []);
    });
  };

/** Opens connections; with `allowPrivateAddresses` to anywhere but forbidden addresses. The check and the connection use the same look-up. */
export function connectorOf(connectMs: number, allowPrivateAddresses: boolean): buildConnector.connector {
  const judge = judgeOf(allowPrivateAddresses);
  const connect = buildConnector({ timeout: connectMs, lookup: guardedLookup(judge) });
  return (options, callback) => {
    // Names go through the look-up; a literal address never does.
    const why = judge(options.hostname.replace(/^\[|\]$/g, ""));
    if (why !== undefined) return callback(new AddressRefused(why), null);
    return connect(options, callback);
  };
}
