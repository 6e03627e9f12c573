/** Building the page. Strings become text nodes, always: nothing a user wrote is ever parsed as HTML. */

/** `h("button", { class: "x", onclick: f }, "text", child)`; properties start with `on`, the rest are attributes. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

const ICONS = {
  send: "M3 20.5v-7l9-1.5-9-1.5v-7l19 8.5z",
  back: "M15.5 4 7.5 12l8 8 1.5-1.5L10.5 12 17 5.5z",
  attach:
    "M16.5 6v11.5a4 4 0 0 1-8 0V5a2.5 2.5 0 0 1 5 0v10.5a1 1 0 0 1-2 0V6H10v9.5a2.5 2.5 0 0 0 5 0V5a4 4 0 0 0-8 0v12.5a5.5 5.5 0 0 0 11 0V6z",
  bell: "M12 22a2 2 0 0 0 2-2h-4a2 2 0 0 0 2 2m6-6v-5c0-3.1-1.6-5.6-4.5-6.3V4a1.5 1.5 0 0 0-3 0v.7C7.6 5.4 6 7.9 6 11v5l-2 2v1h16v-1z",
  plus: "M19 13h-6v6h-2v-6H5v-2h6V5h2v6h6z",
  people:
    "M16 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-8 0a3 3 0 1 0 0-6 3 3 0 0 0 0 6m0 2c-2.3 0-7 1.2-7 3.5V19h14v-2.5C15 14.2 10.3 13 8 13m8 0h-.9c1.2.8 1.9 2 1.9 3.5V19h6v-2.5c0-2.3-4.7-3.5-7-3.5",
  search: "M15.5 14h-.8l-.3-.3a6.5 6.5 0 1 0-.7.7l.3.3v.8l5 5 1.5-1.5zm-6 0a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9",
  more: "M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4m0 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4m0 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  close: "M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4 10.6 12 5 17.6 6.4 19 12 13.4 17.6 19 19 17.6 13.4 12z",
  edit: "M3 17.25V21h3.75L17.8 9.9l-3.7-3.7zM20.7 7a1 1 0 0 0 0-1.4l-2.3-2.3a1 1 0 0 0-1.4 0l-1.8 1.8 3.7 3.7z",
  trash: "M6 19a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V7H6zM19 4h-3.5l-1-1h-5l-1 1H5v2h14z",
  reply: "M10 9V5l-7 7 7 7v-4.1c5 0 8.5 1.6 11 5.1-1-5-4-10-11-11",
  smile:
    "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20m0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16m3.5-9a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3m-7 0a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3m3.5 6.5c2.3 0 4.3-1.5 5.1-3.5H6.9c.8 2 2.8 3.5 5.1 3.5",
  file: "M14 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8zm-1 7V3.5L18.5 9z",
  down: "M7.4 8.6 12 13.2l4.6-4.6L18 10l-6 6-6-6z",
};

/** An icon that screen readers skip: the button around it carries the name. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

export const iconButton = (name, label, onclick, props = {}) =>
  h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick, ...props }, icon(name));

/** A circle with initials, coloured by id so that a person keeps the colour. */
export function avatar(name, id, online) {
  const words = (name || "?").trim().split(/\s+/);
  const initials = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "").join("");
  const circle = h(
    "span",
    { class: `avatar${online ? " online" : ""}`, "aria-hidden": "true" },
    initials.toUpperCase(),
  );
  const mixed = [...String(id)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 100_003, 7);
  const hue = (mixed * 137) % 360; // neighbours in id stand far apart on the wheel
  circle.style.setProperty("--hue", String(hue));
  return circle;
}

/** Gives an element what another one shows. The element itself stays: a click or focus that is on it is not lost. */
function adopt(element, fresh) {
  for (const { name } of [...element.attributes]) if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of fresh.attributes) element.setAttribute(name, value);
  element.replaceChildren(...fresh.childNodes);
  return element;
}

/**
 * Makes `parent` show `rows` in order. A row is `{ key, same, make }`; its content is made anew when `same` differs from
 * before, and left alone otherwise. Listeners on a row's own element must do with what its key says.
 */
export function reconcile(parent, rows) {
  const old = parent.rows ?? new Map();
  const now = new Map();
  let at = parent.firstChild;
  for (const { key, same, make } of rows) {
    const known = old.get(key);
    const kept = known && known.same.length === same.length && known.same.every((value, i) => value === same[i]);
    const node = kept ? known.node : known ? adopt(known.node, make()) : make();
    now.set(key, { same, node });
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  const keep = new Set([...now.values()].map((row) => row.node));
  for (const child of [...parent.childNodes]) if (!keep.has(child)) child.remove();
  parent.rows = now;
}

/** A modal dialog that is gone once it is closed. `fill(close)` gives its content. */
export function dialog(title, fill) {
  const close = () => box.close();
  const box = h(
    "dialog",
    { "aria-label": title, onclose: () => box.remove(), onclick: (e) => e.target === box && close() },
    h("header", {}, h("h2", {}, title), iconButton("close", "Close", close)),
    fill(close),
  );
  document.body.append(box);
  box.showModal();
  return box;
}

/** A short notice at the edge of the page; errors are told to screen readers at once. */
export function toast(text, kind = "info") {
  const note = h("div", { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 5000);
}

const sameDay = (a, b) => a.toDateString() === b.toDateString();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (iso) => clock.format(new Date(iso));
export const shortTime = (iso) => (sameDay(new Date(iso), new Date()) ? timeOf(iso) : date.format(new Date(iso)));
export function dayOf(iso) {
  const day = new Date(iso);
  if (sameDay(day, new Date())) return "Today";
  if (sameDay(day, new Date(Date.now() - 86_400_000))) return "Yesterday";
  return longDate.format(day);
}
