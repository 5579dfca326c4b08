/** Where the program keeps what is its own. Imports nothing heavy: it is asked before anything else is loaded. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

/** @param given DATA_DIR, if it is set */
export const dataDirOf = (given: string | undefined): string => resolve(given === undefined || given === "" ? `${REPOSITORY}.switchyard` : given);
