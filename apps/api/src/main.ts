/** `pnpm start`: compiled code is kept between starts, which takes most of the time off the next one; then the program begins. */
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";
import { dataDirOf } from "./data-dir.ts";

// What is imported statically would be compiled before this line. Where nothing can be written, everything is compiled as ever.
enableCompileCache(join(dataDirOf(process.env["DATA_DIR"]), "compiled"));
const { run } = await import("./start.ts");
if (await run()) flushCompileCache(); // now, because a program that is killed writes nothing
