#!/usr/bin/env node
/** `npx moleculer-chat`: the server without a clone; with a command, what `npm run chat -- <command>` does. */
const started = process.argv.length > 2 ? import("./chat") : import("../services/start");
started.catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
