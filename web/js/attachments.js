/** Files: up, and shown again. They are fetched with the user's token, for only members of the conversation may read them. */
import { h, icon } from "./dom.js";
import { fetchFile, rest } from "./session.js";
import { failed } from "./view-common.js";

export const MAX_FILE = 10_485_760;

export function upload(file) {
  if (file.size > MAX_FILE) return Promise.reject(new Error(`${file.name} is over 10 MB.`));
  const form = new FormData();
  form.append("file", file);
  return rest("POST", "/upload/single", form);
}

const pictures = new Map();
/** A picture as a blob: URL, fetched once. */
function pictureOf(url) {
  if (!pictures.has(url))
    pictures.set(
      url,
      fetchFile(url)
        .then((response) => response.blob())
        .then((blob) => (blob.type.startsWith("image/") ? URL.createObjectURL(blob) : undefined)),
    );
  return pictures.get(url);
}

export function attachmentView(url, type) {
  // Only what our own server keeps is opened with the token.
  if (new URL(url, location.href).origin !== location.origin)
    return h(
      "a",
      { class: "file", href: url, target: "_blank", rel: "noopener noreferrer nofollow" },
      icon("file"),
      url,
    );
  const file = h(
    "button",
    { class: "file", type: "button", onclick: () => save(url).catch(failed) },
    icon("file"),
    "Open the file",
  );
  if (type !== "image") return named(file, url);
  const place = h("div", { class: "picture" });
  pictureOf(url)
    .then((src) => {
      const open = () => save(url).catch(failed);
      place.replaceChildren(
        src
          ? h(
              "button",
              { type: "button", class: "plain", "aria-label": "Save the picture", onclick: open },
              h("img", { src, alt: "Picture" }),
            )
          : file,
      );
    })
    .catch(() => place.replaceChildren(file));
  return place;
}

const names = new Map();
/** The file's own name, from the head of its answer. */
function named(button, url) {
  if (!names.has(url))
    names.set(
      url,
      fetchFile(url, { method: "HEAD" }).then(nameIn, () => undefined),
    );
  names.get(url).then((name) => name && button.replaceChildren(icon("file"), name));
  return button;
}

function nameIn(response) {
  const header = response.headers.get("content-disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  return encoded ? decodeURIComponent(encoded) : /filename="([^"]*)"/.exec(header)?.[1];
}

async function save(url) {
  const response = await fetchFile(url);
  const href = URL.createObjectURL(await response.blob());
  h("a", { href, download: nameIn(response) ?? "file" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
