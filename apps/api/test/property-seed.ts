/** Gives all property tests one seed, so that a run can be repeated; `PROPERTY_SEED` is another one, `random` a new one each time. */
import fc from "fast-check";

const SEED = 20_261_121;
const wanted = process.env["PROPERTY_SEED"];
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: wanted === undefined ? SEED : Number(wanted) });
