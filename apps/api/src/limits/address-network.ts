/** The network that a client's address is counted as: one IPv4 address, or the /64 that an IPv6 client can choose freely from. */

const GROUPS = 8;
const GROUPS_OF_NETWORK = 4;

/** @param address as `identity/client-address` gives it; anything else is counted as it is written */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [plain = ""] = address.toLowerCase().split("%"); // a zone says only through which interface
  const [before = "", after, more] = plain.split("::");
  if (more !== undefined) return plain;
  const left = groupsOf(before);
  const right = after === undefined ? [] : groupsOf(after);
  const missing = GROUPS - left.length - right.length;
  if (after === undefined ? missing !== 0 : missing < 1) return plain;
  const groups = [...left, ...Array.from({ length: Math.max(missing, 0) }, () => "0"), ...right];
  return `${groups
    .slice(0, GROUPS_OF_NETWORK)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/** An IPv4 address at the end stands for two groups, which are never among the first four. */
const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":").flatMap((group) => (group.includes(".") ? ["0", "0"] : [group])));
