/** Bytes in, checked, stored, handed out: the `uploads` service. */
import { action } from "./action";
import { LONGEST } from "./most";
import {
  bool,
  id,
  type Infer,
  int,
  list,
  nothing,
  nullable,
  object,
  oneOf,
  optional,
  published,
  text,
  time,
  userId,
} from "./schema";
import { MessageFile, UploadedFile } from "./shapes";

/** The kinds of files that are known by their bytes. */
// prettier-ignore
export const fileKinds = [
  "jpg", "png", "gif", "webp", "heic", "mp4", "webm", "mov", "pdf", "doc", "docx", "xlsx", "pptx", "txt", "csv", "zip",
  "mp3", "m4a", "wav", "ogg", "weba",
] as const;
export type FileKind = (typeof fileKinds)[number];
/** Most files in one form. */
export const MAX_FILES = 10;

/** As we gave it out, or in its absolute form. */
const OURS = "^(https?://[^/?#]+)?/files/[0-9a-f]{24}([?#].*)?$";
const urls = list(text({ max: LONGEST.url }), { min: 1, max: 1000 });
const sha256 = text({ pattern: /^[0-9a-f]{64}$/ });
const grantId = id();

/** A file that an api node has put into the store, with what it saw of it on the way. */
export const Received = object({
  fileId: id("also its name in the store"),
  name: text({ max: 255, about: "the client's name for it: shown back, never a path" }),
  mime: text({ about: "decided by its bytes; extension and declared type agree" }),
  size: int({ min: 1 }),
  sha256,
});
export type Received = Infer<typeof Received>;

/** Smaller forms of an image, in WebP. */
export const variant = oneOf(["thumbnail", "preview"]);
export type Variant = Infer<typeof variant>;

/** What an api node needs to answer with a file's bytes. */
export const OpenFile = object({
  key: text({ about: "its name in the store" }),
  name: text(),
  mime: text(),
  size: int({ min: 0 }),
  etag: text(),
  modified: int({ min: 0, about: "when it was uploaded, in ms since 1970" }),
  ownerId: userId("who uploaded it"),
  inline: bool({ about: "media that was checked: may be shown in place; all else is a download" }),
});
export type OpenFile = Infer<typeof OpenFile>;

/** All changes to one user's files happen on one node, one at a time: so quota and duplicates need no locks. */
const ofOwner = { access: "service", shardBy: "ownerId" } as const;

export const uploadsActions = {
  "uploads.grant": action({
    ...ofOwner,
    about: "May this user upload so many bytes more? Keeps the room for them until confirmed, released or too late.",
    params: object({ ownerId: userId(), bytes: int({ min: 0 }) }),
    result: object({ grantId }),
  }),
  "uploads.confirm": action({
    ...ofOwner,
    about: "Checks what was received and makes it the user's files, all or none.",
    params: object({ ownerId: userId(), grantId, files: list(Received, { min: 1, max: MAX_FILES }) }),
    result: list(UploadedFile),
    timeout: 60_000,
  }),
  "uploads.release": action({
    ...ofOwner,
    about: "Gives the room of a failed upload back.",
    params: object({ ownerId: userId(), grantId }),
    result: nothing,
  }),
  "uploads.open": action({
    access: "anyone",
    about: "May the caller, or the holder of a signed URL, read this file? Then where and what it is.",
    params: object({
      id: id(),
      variant: optional(variant),
      sig: optional(text({ max: 128 })),
      exp: optional(int({ min: 0 })),
    }),
    result: OpenFile,
    idempotent: true,
  }),
  "uploads.link": action({
    access: "user",
    about: "A URL of a file one may read, that opens without a token for a while: for <img>, <video> and downloads.",
    params: object({ id: id(), variant: optional(variant) }),
    result: object({ url: text({ max: LONGEST.url }), expires_at: time() }),
    idempotent: true,
  }),
  "uploads.delete": action({
    access: "user",
    about: "Deletes a file, for all, at once. The uploader or an admin only.",
    params: object({ fileUrl: published(text({ max: LONGEST.url }), { pattern: OURS }) }),
    result: nothing,
  }),
  "uploads.remove": action({
    ...ofOwner,
    about: "Removes files of one user and their bytes.",
    params: object({
      ownerId: userId(),
      fileIds: list(id(), { max: 1000 }),
      orphanedBefore: optional(time("only those that have been in no conversation since then")),
    }),
    result: object({ count: int({ min: 0 }) }),
  }),
  "uploads.attach": action({
    access: "service",
    about:
      "Files were sent to a conversation: checks that the sender may read each, and lets its participants open them. " +
      "NOTFOUND says in `details` which url.",
    params: object({ conversationId: id(), urls }),
    result: object({ files: list(MessageFile, { about: "in the order of `urls`" }) }),
    idempotent: true,
  }),
  "uploads.detach": action({
    access: "service",
    about: "No message of the conversation has these files any more: its participants can't open them any more.",
    params: object({ conversationId: id(), urls }),
    result: nothing,
    idempotent: true,
  }),
  "uploads.publish": action({
    access: "service",
    about: "Lets every signed-in user open this image of the caller's: an avatar.",
    params: object({ url: text({ max: LONGEST.url }) }),
    result: nothing,
    idempotent: true,
  }),
  "uploads.sweep": action({
    access: "service",
    about: "Removes files that were never sent, and what broken-off uploads left in the store.",
    params: nothing,
    result: object({ files: int({ min: 0 }), objects: int({ min: 0 }) }),
    idempotent: true,
  }),
  "scanner.scan": action({
    access: "service",
    about: "A virus scanner's answer. Ours asks clamd (CLAMAV_URL); any service of this name may take its place.",
    params: object({
      key: text({ about: "the file's name in the store" }),
      size: int({ min: 0 }),
      mime: text(),
      sha256,
    }),
    result: object({ clean: bool(), threat: optional(nullable(text())) }),
    timeout: 30_000,
    idempotent: true,
  }),
};
