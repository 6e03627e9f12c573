/**
 * Imported before all else by tests of what is done on FerretDB: a busy machine may take longer for one operation than callers
 * are left waiting (test/service/documents-mongo.test.ts is about that).
 */
import type * as trouble from "../../mixins/documents/mongo/trouble";

jest.doMock("../../mixins/documents/mongo/trouble", () => {
  const real = jest.requireActual<typeof trouble>("../../mixins/documents/mongo/trouble");
  const inTime: typeof trouble.inTime = async (collection, work) => {
    await work.catch(() => undefined);
    return real.inTime(collection, work);
  };
  return { ...real, DEADLINE: 120_000, inTime };
});
