/** Addresses at which no provider can be, whatever an installation allows: a machine's own link, and clouds' metadata services. */

export interface AddressRange {
  readonly network: string;
  /** How many leading bits count. */
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/**
 * Link-local addresses (RFC 3927), where nearly every cloud has its metadata service, and the services that are elsewhere. They
 * answer whoever asks from this machine, with the machine's credentials.
 */
const IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ["169.254.0.0", 16],
  ["100.100.100.200", 32], // Alibaba Cloud
  ["168.63.129.16", 32], // Azure's WireServer, although the address is public
  ["192.0.0.192", 32], // Oracle Cloud, classic
];

const IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ["fe80::", 10],
  ["fd00:ec2::", 32], // AWS: metadata ::254, credentials of pods ::23
  ["fd20:ce::254", 128], // Google Cloud
  ["fd00:42::42", 128], // Scaleway
];

/** Notations that carry an IPv4 address in their last bits: compatible, translated (RFC 2765), NAT64 (RFC 6052, RFC 8215). `BlockList` reads mapped ones itself. */
const CARRIERS = ["::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"] as const;
const CARRIED_FROM_BIT = 96;
/** 6to4 (RFC 3056) has it right behind its first 16 bits. */
const SIX_TO_FOUR_BIT = 16;

const wordsOf = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
};

/** In every notation that leads to the same place. */
export const FORBIDDEN_RANGES: readonly AddressRange[] = [
  ...IPV4.map(([network, prefix]): AddressRange => ({ network, prefix, family: "ipv4" })),
  ...IPV6.map(([network, prefix]): AddressRange => ({ network, prefix, family: "ipv6" })),
  ...IPV4.flatMap(([network, prefix]): AddressRange[] => [
    ...CARRIERS.map((carrier): AddressRange => ({ network: carrier + wordsOf(network), prefix: CARRIED_FROM_BIT + prefix, family: "ipv6" })),
    { network: `2002:${wordsOf(network)}::`, prefix: SIX_TO_FOUR_BIT + prefix, family: "ipv6" },
  ]),
];
