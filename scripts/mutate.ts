/**
 * `npm run mutate -- <room> [part of a file's path ...]`: breaks the files of one room of the engine, a line at a time, and
 * says which of its tests notice. Only the tests that know the room are run, so that it ends in minutes to an hour.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

interface Room {
  readonly folder: string;
  /** Names of test files, without `.test.ts`. */
  readonly tests: readonly string[];
}

const rooms: Readonly<Record<string, Room>> = {
  actors: { folder: "mixins/actors", tests: ["actors"] },
  conversation: {
    folder: "services/chat/conversation",
    tests: [
      ...["chat", "chat-attended", "chat-custom", "chat-drafts", "chat-edits", "chat-emoji", "chat-events"],
      ...["chat-invitations", "chat-knowledge", "chat-neighbours", "chat-places", "chat-previews", "chat-ranges"],
      ...["chat-facts", "chat-sight", "chat-sync", "chat-threads", "chat-unread", "mentions", "search-text"],
    ],
  },
  host: {
    folder: "services/chat/host",
    tests: [
      ...["chat", "chat-bounds", "chat-convergence", "chat-facts", "chat-faults", "chat-greetings", "chat-outbox"],
      ...["chat-sync", "chat-unread", "chat-untold"],
    ],
  },
  sockets: {
    folder: "services/api/sockets",
    tests: [
      ...["sockets", "sockets-core", "sockets-delivery", "sockets-gaps", "sockets-lanes", "sockets-session"],
      ...["sockets-tangle", "sockets-wire", "directory", "slots", "wire"],
    ],
  },
};

const [name = "", ...parts] = process.argv.slice(2);
const room = rooms[name];
if (!room) {
  console.error(`Which room? One of ${Object.keys(rooms).join(", ")}.`);
  process.exit(2);
}
const files = (readdirSync(room.folder, { recursive: true }) as string[])
  .map((file) => join(room.folder, file))
  .filter((file) => file.endsWith(".ts") && (!parts.length || parts.some((part) => file.includes(part))));
if (!files.length) {
  console.error(`No file of ${name} has ${parts.join(" or ")} in its path.`);
  process.exit(2);
}
const env = {
  ...process.env,
  MUTATE_ROOM: name,
  MUTATE_FILES: files.join(),
  MUTATE_TESTS: process.env.MUTATE_TESTS ?? room.tests.join(),
};
const { status } = spawnSync("node_modules/.bin/stryker", ["run"], { env, stdio: "inherit" });
process.exit(status ?? 1);
