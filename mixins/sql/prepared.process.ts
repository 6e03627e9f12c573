/** A process that unpacks the prepared database into the folder it is given, and ends: see `unpackApart`. */
import { unpack } from "./prepared";

unpack(process.argv[2] as string).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
