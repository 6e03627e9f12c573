/** `npm run migrate -- up | down [all] | status`: the SQL migrations by hand. */
import { config as readDotEnv } from "dotenv";
import { ConnectionError } from "sequelize";
import { EnvError, readEnv } from "../../contracts/env";
import { DataDirInUse, lockDataDir } from "../../platform/data-dir";
import { takeTenant } from "../../platform/tenant-argument";
import { withMigrationDatabase } from "../../mixins/sql/database";
import { migrateDown, migrateUp, migrationStatus } from "../../mixins/sql/migrations";
import { migrations } from "./migrations";

const say = (what: string, names: readonly string[]): void => console.log(`${what}: ${names.join(", ") || "none"}`);

async function run(command: string, option: string | undefined): Promise<void> {
  const env = readEnv(process.env);
  const release = env.POSTGRES_URL ? undefined : await lockDataDir(env.DATA_DIR);
  try {
    await withMigrationDatabase(env, async (sequelize) => {
      if (command === "up") return say("applied", await migrateUp(sequelize, migrations));
      if (command === "down") return say("taken back", await migrateDown(sequelize, migrations, option === "all"));
      const { applied, pending } = await migrationStatus(sequelize, migrations);
      say("applied", applied);
      say("pending", pending);
    });
  } finally {
    await release?.();
  }
}

readDotEnv({ quiet: true });
const [command = "status", option] = takeTenant(process.argv.slice(2), process.env);
if (!["up", "down", "status"].includes(command)) {
  console.error("usage: npm run migrate -- up | down [all] | status [--tenant <name>]");
  process.exit(2);
}
run(command, option).catch((error: unknown) => {
  const known = error instanceof EnvError || error instanceof DataDirInUse;
  if (error instanceof ConnectionError) console.error(`POSTGRES_URL: PostgreSQL can't be reached: ${error.message}`);
  else console.error(known ? error.message : error);
  process.exit(1);
});
