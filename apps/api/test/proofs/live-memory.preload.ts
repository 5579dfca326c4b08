/** Loaded into the program before its own code: at SIGUSR2 it collects its garbage and writes to LIVE_MEMORY_FILE how many bytes are really in use. */
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

process.on("SIGUSR2", () => {
  const file = process.env["LIVE_MEMORY_FILE"];
  if (file === undefined) return;
  // Twice: what finalizers let go of is collected by the second.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  writeFileSync(`${file}.half`, String(heapUsed + external));
  renameSync(`${file}.half`, file);
});
