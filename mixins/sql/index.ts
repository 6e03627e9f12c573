/** The mixin that gives a service its SQL database: opened and migrated before the service starts, closed after it. */
import { type Service, type ServiceSchema } from "moleculer";
import { envOf } from "../../platform/env";
import { type Database, openDatabase } from "./database";
import { type Migration } from "./migrations";

export { type Database } from "./database";
export { type Migration, type Run } from "./migrations";

const databases = new WeakMap<Service, Database>();
interface Opening {
  readonly start: AbortController;
  readonly database: Promise<Database>;
}
const openings = new WeakMap<Service, Opening>();

export function databaseOf(service: Service): Database {
  const database = databases.get(service);
  if (!database) throw new Error("the service has no database before it started");
  return database;
}

export function sql(migrations: readonly Migration[]): Partial<ServiceSchema> {
  return {
    async started(this: Service) {
      const start = new AbortController();
      const database = openDatabase(envOf(this.broker), migrations, this.logger, start.signal);
      openings.set(this, { start, database });
      databases.set(this, await database);
      if (start.signal.aborted) throw new Error("stopped while it started");
    },
    async stopped(this: Service) {
      const { start, database } = openings.get(this) ?? {};
      start?.abort();
      // Another service may have failed meanwhile: what is still being opened is closed, too.
      await database?.then(
        (opened) => opened.close(),
        () => undefined,
      );
      databases.delete(this);
      openings.delete(this);
    },
  };
}
