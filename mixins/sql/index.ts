/** The mixin that gives a service its SQL database: opened and migrated before the service starts, closed after it. */
import { type Service, type ServiceSchema } from "moleculer";
import { envOf } from "../../platform/env";
import { type Database, openDatabase } from "./database";
import { type Migration } from "./migrations";

export { type Database } from "./database";
export { type Migration, type Run } from "./migrations";

const databases = new WeakMap<Service, Database>();
const starts = new WeakMap<Service, AbortController>();

export function databaseOf(service: Service): Database {
  const database = databases.get(service);
  if (!database) throw new Error("the service has no database before it started");
  return database;
}

export function sql(migrations: readonly Migration[]): Partial<ServiceSchema> {
  return {
    async started(this: Service) {
      const start = new AbortController();
      starts.set(this, start);
      databases.set(this, await openDatabase(envOf(this.broker), migrations, this.logger, start.signal));
    },
    async stopped(this: Service) {
      starts.get(this)?.abort();
      await databases.get(this)?.close();
      databases.delete(this);
    },
  };
}
