/**
 * `node --import tsx test/tools/bus-shapes.ts`: notes what the nodes of this version say to each other, which those of the
 * next one have to take. Run by a release.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { shapes } from "../support/bus-shapes";

const lines = Object.entries(shapes()).map(([name, shape]) => `  ${JSON.stringify(name)}: ${JSON.stringify(shape)}`);
writeFileSync(join(__dirname, "../support/bus-before.json"), `{\n${lines.join(",\n")}\n}\n`);
