/** `npm run seed`: people, groups and a year of plausible conversations in a running system, for demos and screenshots. */
import { config as readDotEnv } from "dotenv";
import { takeTenant } from "../platform/tenant-argument";
import { serverUrl } from "./operators/run";
import { signIn } from "./operators/session";
import { Importer } from "./moving/importer";
import { patient } from "./moving/patient";
import { seedToday } from "./moving/seed-today";
import { PASSWORD, people, seedLines, signedUp } from "./moving/seed-lines";

async function register(url: string): Promise<void> {
  for (const { username, email } of people.slice(0, signedUp.length)) {
    const response = await fetch(`${url}/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, email, password: PASSWORD }),
    });
    if (!response.ok && response.status !== 409)
      throw new Error(`${email} could not be registered (${response.status}).`);
  }
}

async function main(all: readonly string[]): Promise<void> {
  readDotEnv({ quiet: true });
  const given = takeTenant(all, process.env);
  const at = given.indexOf("--url");
  const url = (at === -1 ? undefined : given[at + 1]) ?? serverUrl(process.env);
  const operator = await signIn(url, process.env);
  try {
    await register(url);
    const importer = new Importer(patient(operator));
    const report = await importer.run(seedLines(new Date()));
    const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = process.env;
    // Faces and votes are given by people who sign in, the admin among them.
    if (email && password) await seedToday(url, { email, password }, [...importer.userIds.values()]);
    console.log(
      `${report.users} people, ${report.conversations} conversations, ${report.messages} messages (${report.there} were there).`,
    );
    console.log(`Sign in as ${people[0]?.email} with “${PASSWORD}”.`);
  } finally {
    await operator.leave();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
