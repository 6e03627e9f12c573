/** Small parts that several views share. */
import { h, toast } from "./dom.js";

/** Ends a promise chain whose failure the user should see. */
export const failed = (error) => toast(error.message, "error");

/** A button that can't be pressed twice while its work is under way. */
export function action(label, work, props = {}) {
  const button = h(
    "button",
    {
      type: "button",
      ...props,
      onclick: () => {
        button.disabled = true;
        Promise.resolve(work())
          .catch(failed)
          .finally(() => (button.disabled = false));
      },
    },
    label,
  );
  return button;
}

const URLS = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/g;
/** Text with its links made clickable; everything stays text. */
export function linked(text) {
  const parts = [];
  let at = 0;
  for (const { 0: url, index } of text.matchAll(URLS)) {
    parts.push(
      text.slice(at, index),
      h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, url),
    );
    at = index + url.length;
  }
  return [...parts, text.slice(at)];
}

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&#x27;": "'", "&amp;": "&" };
const unescape = (html) => html.replace(/&(?:lt|gt|quot|#39|#x27|amp);/g, (entity) => ENTITIES[entity]);
/** A search result's `highlight`: split at <mark>, the only tag it may hold; nothing is parsed as HTML. */
export const marked = (highlight) =>
  highlight.split(/(<mark>.*?<\/mark>)/s).map((part) => {
    const match = /^<mark>(.*)<\/mark>$/s.exec(part);
    return match ? h("mark", {}, unescape(match[1])) : unescape(part);
  });
