/** Loaded into a program before its own code: names ending in `.metadata.test` lead to metadata services, as a hostile DNS could answer. */
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

const ANSWERS: Readonly<Record<string, readonly dns.LookupAddress[]>> = {
  "v4.metadata.test": [{ address: "169.254.169.254", family: 4 }],
  "v6.metadata.test": [{ address: "fd00:ec2::254", family: 6 }],
  "mixed.metadata.test": [
    { address: "127.0.0.1", family: 4 },
    { address: "fe80::1", family: 6 },
  ],
};

const ofTheSystem = dns.lookup;
const lookup = (name: string, options: dns.LookupOptions, callback: (...answer: readonly unknown[]) => void): void => {
  const answer = ANSWERS[name];
  if (answer === undefined) return ofTheSystem(name, options, callback);
  if (options.all) callback(null, answer);
  else callback(null, answer[0]?.address, answer[0]?.family);
};
Object.assign(dns, { lookup });
syncBuiltinESMExports();
