import { sign } from "jsonwebtoken";
import { takeLeaks, leaksIn, watch } from "../support/leaks";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";

const tokenOf = (sub: number, roles = ["user"]) => sign({ sub: String(sub), sid: "s", roles, typ: "access" }, "x");
const [ann, bob, admin] = [tokenOf(1), tokenOf(2), tokenOf(3, ["user", "admin"])];
const refreshToken = sign({ sub: "1", typ: "refresh" }, "y");
const signedIn = { ok: true, data: { user: { user_id: 1, email: "ann@x.example" }, accessToken: ann, refreshToken } };

describe("the scan of all that clients are told", () => {
  beforeAll(() => watch(undefined, "POST /auth/login", signedIn, "/auth/login"));
  afterEach(() => void takeLeaks());

  it.each<[string, string | undefined, unknown, string]>([
    ["one's own pair, at sign-in", undefined, signedIn, "/auth/login"],
    ["one's own e-mail address", ann, { user: { email: "ann@x.example" } }, "/users/me"],
    ["anybody's, to an admin who looks at accounts", admin, { email: "ann@x.example" }, "/users?limit=2"],
    ["a new API token, to who made it", ann, { token: "api-0123456789.0123456789ab" }, "/auth/tokens"],
    ["words, addresses of nobody, numbers with dots", bob, { content: "me@home.example at 3.js or so (1.2.3)" }, ""],
  ])("lets pass: %s", (_what, token, told, path) => {
    expect(leaksIn(token, JSON.stringify(told), path)).toEqual([]);
  });

  it.each<[string, string | undefined, unknown, string]>([
    ["a token", bob, { content: ann }, ""],
    ["a token", ann, { data: { refreshToken } }, "/users/me"],
    ["an API token", ann, { token: "api-0123456789.0123456789ab" }, "/auth/sessions"],
    ["a password hash", ann, { x: "$2b$12$abcdefghijklmnopqrstuv" }, ""],
    ["a password hash", admin, { password_hash: null }, "/users"],
    ["the digest of a token", ann, { id: createHash("sha256").update(refreshToken).digest("hex") }, "/auth/sessions"],
    ["somebody's e-mail address", bob, { sender: { email: "ann@x.example" } }, ""],
    ["somebody's e-mail address", undefined, { email: "ann@x.example" }, "/users/1"],
    ["somebody's e-mail address", admin, { content: "ann@x.example" }, ""],
    ["a stack trace", ann, { message: "Error: x\n    at Object.send (/app/x.js:1:2)" }, ""],
    ["a library", ann, { message: "Cannot find module in node_modules" }, ""],
    ["a path of ours", ann, { message: `ENOENT ${tmpdir()}/chat-1/pg` }, ""],
  ])("finds %s", (what, token, told, path) => {
    expect(leaksIn(token, JSON.stringify(told), path)).toContain(what);
  });

  it("keeps what it finds until it is asked, so that the test fails", () => {
    watch(bob, "message:created", { content: ann });
    expect(takeLeaks()).toEqual([expect.stringContaining("a token in message:created")]);
    expect(takeLeaks()).toEqual([]);
  });
});
