/** What clients are told that they must keep to. */
import { request } from "../support/client";
import { startSystem, type System } from "../support/system";

let system: System;
afterEach(() => system.stop());

const asked = async (env: Record<string, string>): Promise<any> => {
  system = await startSystem({ env: { SERVICES: "api", ...env } });
  return (await request(system.url, "GET", "/config", {})).body;
};

test("is what this system is set up with, and needs neither a token nor any other service", async () => {
  const env = { MAX_FILE_SIZE: "1 MB", FILE_TYPES: "png,txt", MAX_CONTENT: "100", MAX_MEMBERS: "12" };
  expect(await asked(env)).toEqual({
    ok: true,
    data: {
      max_content: 100,
      max_members: 12,
      max_attachments: 10,
      max_file_size: 1_048_576,
      file_types: ["png", "txt"],
    },
  });
});

test("says the defaults where nothing is set", async () => {
  const { data } = await asked({});
  expect(data).toMatchObject({ max_content: 4000, max_file_size: 10_485_760 });
  expect(data.file_types).toContain("heic");
});
