/** How much memory a process takes for what it does not need any more. */
import { setFlagsFromString } from "node:v8";

/** In percent of what is in use, how much the heap grows before V8 looks for garbage. */
const GROWTH = 50;

/** Its own choice, made for the memory of the whole machine, lets as much garbage lie as is in use, and more. */
export const growSlowly = (): void => setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
