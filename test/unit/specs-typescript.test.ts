/** Types that openapi-typescript makes of openapi.yml hold for a program that logs in, sends a message and opens a file. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { projectRoot } from "../../platform/root";

const folder = mkdtempSync(join(tmpdir(), "spec-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program = (content: string): string => `
import type { paths } from "./api";
type Body<T> = T extends { requestBody?: { content: { "application/json": infer B } } } ? B : never;
type Data<T> = T extends { content: { "application/json": { data: infer D } } } ? D : never;
type Login = paths["/auth/login"]["post"];
type Send = paths["/conversations/{conversationId}/messages"]["post"];
export const login: Body<Login> = { email: "ann@example.com", password: "correct horse 1" };
export const token = (answer: Data<Login["responses"][200]>): string => answer.accessToken;
export const message: Body<Send> = { content: ${content} };
export const sent = (answer: Data<Send["responses"][201]>): number => answer.seq;
export const opened: keyof paths["/files/{id}"]["get"]["responses"][200]["content"] = "application/octet-stream";
`;

function problemsOf(content: string): string[] {
  const file = join(folder, "program.ts");
  writeFileSync(file, program(content));
  const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, types: [] };
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
  return found.map((one) => ts.flattenDiagnosticMessageText(one.messageText, "\n"));
}

test("they compile, and refuse what the contract does not take", () => {
  const made = join(folder, "api.d.ts");
  const bin = join(projectRoot, "node_modules/openapi-typescript/bin/cli.js");
  execFileSync(process.execPath, [bin, join(projectRoot, "openapi.yml"), "-o", made], { stdio: "pipe" });
  expect(problemsOf('"Hello"')).toEqual([]);
  expect(problemsOf("7").join()).toContain("not assignable");
});
