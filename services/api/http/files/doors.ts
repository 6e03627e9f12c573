/**
 * The doors for files: `uploadDoors`. A form is streamed from its socket into the store after `uploads` has promised
 * room, and is nobody's until `uploads` has confirmed it: the bytes never travel over the bus.
 */
import { type ServiceBroker } from "moleculer";
import { fail } from "../../../../contracts/errors";
import { type Route, routes } from "../../../../contracts/routes";
import { type Received } from "../../../../contracts/uploads";
import { call } from "../../../../platform/bus";
import { newId } from "../../../../mixins/documents";
import { envOf } from "../../../../platform/env";
import { Examiner, fileStoreOf, kinds, promisedKind } from "../../../../platform/files";
import { sendData } from "../answers";
import { type Door, type Exchange, type Request, type Response } from "../door";
import { boundaryOf, type FormFile, FormReader } from "./form";
import { sendFile } from "./send";

/** What boundaries, headers and small text fields may add to the files. */
const FRAMING = 256 * 1024;
/** Uploads at a time on one node: each has some buffers of 64 kB and an open file. */
const MAX_AT_ONCE = 256;
/** How long a client whose upload was refused may go on sending before it is cut. */
const LINGER_MS = 5_000;

type Form = NonNullable<Route["form"]>;

function expectedBytes(req: Request, form: Form, max: number): number {
  const most = form.max * max;
  const length = req.headers["content-length"];
  if (length === undefined) return most;
  if (Number(length) > most + FRAMING)
    throw fail("TOO_LARGE", `A form may hold ${form.max} files of ${max} bytes.`, { max });
  return Math.min(Number(length), most);
}

async function receive(broker: ServiceBroker, file: FormFile, begun: string[]): Promise<Received> {
  const { name, declared, bytes } = file;
  const { FILE_TYPES, MAX_FILE_SIZE } = envOf(broker);
  const kind = promisedKind(name, declared, FILE_TYPES);
  const fileId = newId();
  begun.push(fileId);
  const through = new Examiner(kind, MAX_FILE_SIZE);
  const { size, sha256 } = await fileStoreOf(broker).put(fileId, bytes, { through, gives: true });
  return { fileId, name, mime: kinds[kind].mime, size, sha256 };
}

/** An answer before the end of the body: the rest is read and thrown away for a while, so that the answer is heard. */
function cutLater(req: Request, res: Response): void {
  res.once("finish", () => {
    if (req.complete) return;
    const timer = setTimeout(() => req.destroy(), LINGER_MS).unref();
    req.once("close", () => clearTimeout(timer));
  });
}

async function readFiles({ broker, req }: Exchange, { field, max }: Form, boundary: string): Promise<Received[]> {
  const { UPLOAD_STALL_TIMEOUT: stallMs, UPLOAD_TIMEOUT: timeoutMs } = envOf(broker);
  const store = fileStoreOf(broker);
  const begun: string[] = [];
  const limits = { boundary, field, maxFiles: max, stallMs, timeoutMs };
  try {
    return await new FormReader(req, limits, (file) => receive(broker, file, begun)).read();
  } catch (error) {
    await Promise.allSettled([store.remove(begun)]); // what can't be removed now, the sweep of `uploads` finds
    throw error;
  }
}

async function upload(x: Exchange, form: Form): Promise<unknown[]> {
  const { broker, ctx, req, res, meta, caller } = x;
  cutLater(req, res);
  const ownerId = caller?.userId ?? 0;
  const boundary = boundaryOf(req.headers["content-type"]);
  const bytes = expectedBytes(req, form, envOf(broker).MAX_FILE_SIZE);
  const { grantId } = await call(ctx, "uploads.grant", { ownerId, bytes }, { meta });
  let files: Received[];
  try {
    files = await readFiles(x, form, boundary);
  } catch (error) {
    await Promise.allSettled([call(ctx, "uploads.release", { ownerId, grantId }, { meta })]); // else it runs out
    throw error;
  }
  return call(ctx, "uploads.confirm", { ownerId, grantId, files }, { meta });
}

/** How many are under way on each node: several may be in one process, and none takes the others' places. */
const under = new WeakMap<ServiceBroker, number>();
const underWay = (broker: ServiceBroker): number => under.get(broker) ?? 0;

const formDoor = ({ method, path, status }: Route, form: Form): Door => ({
  method,
  path,
  access: "user",
  async handle(x) {
    const { broker } = x;
    if (underWay(broker) >= MAX_AT_ONCE) throw fail("UNAVAILABLE", "Too many uploads at once; try again.");
    under.set(broker, underWay(broker) + 1);
    try {
      const files = await upload(x, form);
      sendData(x.res, form.max === 1 ? files[0] : files, status);
    } finally {
      under.set(broker, underWay(broker) - 1);
    }
  },
});

export const uploadDoors: readonly Door[] = [
  ...routes.flatMap((route) => (route.form ? [formDoor(route, route.form)] : [])),
  { method: "GET", path: "/files/:id", access: "anyone", handle: sendFile },
];
