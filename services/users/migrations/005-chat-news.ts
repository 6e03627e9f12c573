/** What chat has not learned yet of accounts and block lists; of those there are it learns once more. */
import { type Migration } from "../../../mixins/sql";

const migration: Migration = {
  name: "005-chat-news",
  async up(run) {
    await run(`CREATE TABLE chat_news (
      user_id integer NOT NULL,
      other_id integer NOT NULL,
      change varchar(32) NOT NULL,
      told_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (user_id, other_id)
    )`);
    await run("CREATE INDEX chat_news_told ON chat_news (told_at)");
    await run("INSERT INTO chat_news (user_id, other_id, change) SELECT user_id, blocked_id, 'start' FROM user_block");
    await run(
      "INSERT INTO chat_news (user_id, other_id, change) SELECT user_id, 0, 'start' FROM users WHERE status <> 'active'",
    );
  },
  async down(run) {
    await run("DROP TABLE chat_news");
  },
};
export default migration;
