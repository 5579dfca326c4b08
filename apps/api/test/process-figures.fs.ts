/** What the kernel tells of a running program; where it does not tell, everything is zero and the tests say so. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

const hasProc = existsSync("/proc/self/status");
if (!hasProc) console.log("left out: memory, open files and time of the program (no /proc)");

/** Memory in use, in bytes: garbage that is not yet collected counts. */
export const residentBytes = (pid: number): number =>
  !hasProc ? 0 : Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

export const openFiles = (pid: number): number => (!hasProc ? 0 : readdirSync(`/proc/${pid}/fd`).length);

/** Time on a processor so far, in milliseconds: nobody was kept waiting for longer than that, however busy the machine is with other things. */
export function processorMs(pid: number): number {
  if (!hasProc) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // After the name in brackets, which may contain anything: user and system time are the 12th and 13th, in hundredths.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
