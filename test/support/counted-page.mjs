/** The page as it is, beside a count of which components render outside of where one writes. */
import { options } from "preact";
import "preact/hooks"; // before it wraps them
import "../../web/src/main.tsx";

/** As preact names them for its tools (mangle.json): a render begins; a node's parent. */
const [RENDER, PARENT] = ["__r", "__"];
const isWithinComposer = (node) => !!node && (node.type?.name === "Composer" || isWithinComposer(node[PARENT]));

globalThis.rendered = { composer: 0, outside: [] };
const before = options[RENDER];
options[RENDER] = (node) => {
  if (isWithinComposer(node)) globalThis.rendered.composer += node.type.name === "Composer" ? 1 : 0;
  else globalThis.rendered.outside.push(node.type.displayName ?? node.type.name);
  before?.(node);
};
