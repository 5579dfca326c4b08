/** The words of `pnpm switchyard …`: which commands there are and what they take. */

export const DATABASE_LOGINS = { app: "sy_app", worker: "sy_worker", ops: "sy_ops", superuser: "postgres" } as const;
export type DatabaseLogin = keyof typeof DATABASE_LOGINS;

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "apply"; readonly file: string }
  | { readonly kind: "export"; readonly file: string | undefined }
  | { readonly kind: "password"; readonly email: string }
  | { readonly kind: "invariants" }
  | { readonly kind: "database-url"; readonly login: DatabaseLogin };

export const USAGE = `pnpm switchyard <command>

  apply FILE              make the running program as the file says; env:NAME is read from this environment
  export [FILE]           write the present configuration, secrets as env:NAME
  password EMAIL          set a person's password and end their sessions; asks for it, or reads it from a pipe
  invariants              run the ledger and isolation checks; exit code 1 when something is violated
  database-url [LOGIN]    the address of the database that comes with the program
                          LOGIN: app (default), worker, ops or superuser
  help                    this text

The program is found by SWITCHYARD_URL and SWITCHYARD_KEY (an operator key). Without them, the program of this
machine with the database that comes with it is used, by what it wrote into DATA_DIR.`;

/** @returns the command, or what is wrong with the words */
export function parseCommand(words: readonly string[]): Command | { readonly kind: "mistake"; readonly text: string } {
  const [name, first, ...more] = words;
  const mistake = (text: string) => ({ kind: "mistake" as const, text });
  if (more.length > 0) return mistake(`${name} takes at most one word, not ${words.length - 1}.`);
  switch (name) {
    case undefined:
    case "help":
    case "--help":
    case "-h":
      return { kind: "help" };
    case "apply":
      return first === undefined ? mistake("apply needs the FILE to apply.") : { kind: "apply", file: first };
    case "export":
      return { kind: "export", file: first };
    case "password":
      return first === undefined ? mistake("password needs the EMAIL of the person.") : { kind: "password", email: first };
    case "invariants":
      return first === undefined ? { kind: "invariants" } : mistake("invariants takes nothing.");
    case "database-url": {
      const login = first ?? "app";
      return isLogin(login) ? { kind: "database-url", login } : mistake(`There is no login ${login}: it is ${Object.keys(DATABASE_LOGINS).join(", ")}.`);
    }
    default:
      return mistake(`There is no command ${name}.`);
  }
}

const isLogin = (text: string): text is DatabaseLogin => Object.hasOwn(DATABASE_LOGINS, text);
