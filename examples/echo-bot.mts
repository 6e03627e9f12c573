import { createBot } from "moleculer-chat-client";

const { CHAT_URL = "http://localhost:3000", BOT_TOKEN = "" } = process.env;
const bot = createBot({ url: CHAT_URL, token: BOT_TOKEN });
bot.command("echo", ({ text, reply }) => reply(text)).on("mention", ({ reply }) => reply("You called?"));
await bot.start();
