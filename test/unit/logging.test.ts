import { pino } from "pino";
import { fail } from "../../contracts/errors";
import { jsonLines } from "../../platform/logging";

/** What `say` would write as a JSON line. */
function line(say: (logger: { [level in "info" | "error"]: (...args: any[]) => void }) => void): any {
  let written = "";
  say(pino(jsonLines, { write: (text: string) => void (written += text) }));
  return JSON.parse(written);
}

describe("a JSON line", () => {
  test("has the fields that follow its text, whatever the order", () => {
    expect(line((l) => l.error("refused", { requestId: "r1" }, "twice"))).toMatchObject({
      msg: "refused twice",
      requestId: "r1",
      level: "error",
    });
    expect(line((l) => l.info({ requestId: "r2" }, "done"))).toMatchObject({ msg: "done", requestId: "r2" });
    expect(line((l) => l.info("plain"))).toMatchObject({ msg: "plain" });
  });

  test("of a bug has type, message and stack, and nothing that a driver hangs on it", () => {
    const error = Object.assign(new TypeError("boom"), { sql: "INSERT secret", parameters: ["secret"], code: "E1" });
    const { err } = line((l) => l.error("failed", { action: "a.b" }, error));
    expect(err).toEqual({ type: "TypeError", code: "E1", message: "boom", stack: expect.stringContaining("boom") });
  });

  test("of a refusal has the words of the table, not those of a parser that quote the body", () => {
    const parse = Object.assign(new Error(`Unexpected token 'h', "{"password":hunter2}"`), {
      type: "entity.parse.failed",
    });
    expect(JSON.stringify(line((l) => l.error("rejected", parse)))).not.toContain("hunter2");
    expect(line((l) => l.error(fail("NOTFOUND", "There is no such user."))).err).toMatchObject({ code: "NOTFOUND" });
  });
});
