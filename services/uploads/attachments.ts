/** What is known of a stored file, and how it is named and shown to clients. */
import { type Infer } from "../../contracts/schema";
import { type MessageFile, type UploadedFile } from "../../contracts/shapes";
import { type Received, type Variant } from "../../contracts/uploads";
import { intentCollection } from "./intents";
import { type Collection, type Document } from "../../mixins/documents/types";

export interface Attachment extends Document {
  readonly owner_id: number;
  readonly url: string;
  readonly name: string;
  readonly mime: string;
  readonly size: number;
  /** Of the stored bytes. */
  readonly sha256: string;
  /** Of the bytes as they came, before personal data was taken out: by it a duplicate is known. */
  readonly source_sha256: string;
  /** The name of its bytes in the store; duplicates of one owner share it. */
  readonly object_key: string;
  readonly width?: number;
  readonly height?: number;
  /** Of sound and moving pictures, in seconds. */
  readonly duration?: number;
  /** Bytes of the smaller forms of an image. */
  readonly thumbnail_size?: number;
  readonly preview_size?: number;
  readonly conversation_ids: readonly string[];
  /** An avatar: every signed-in user may open it. */
  readonly public: boolean;
  /** Since when it is in no conversation; null while it is in one, or public. */
  readonly orphan_since: Date | null;
  readonly created_at: Date;
}

export const collections = {
  attachments: {
    name: "attachments",
    indexes: [{ fields: ["owner_id", "source_sha256"] }, { fields: ["object_key"] }, { fields: ["orphan_since"] }],
  } satisfies Collection<Attachment> as Collection<Attachment>,
  intents: intentCollection,
};

/** What was found out about a file's bytes. */
export interface Checked {
  readonly size: number;
  readonly sha256: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: number;
  readonly thumbnail_size?: number;
  readonly preview_size?: number;
}

export const urlOf = (id: string): string => `/files/${id}`;
export const variantKey = (key: string, variant: Variant | undefined): string => (variant ? `${key}.${variant}` : key);
export const allKeys = (key: string): string[] => [key, `${key}.thumbnail`, `${key}.preview`];
/** The key of the file that an object of the store belongs to. */
export const baseKey = (key: string): string => key.slice(0, 24);

/** The id in a URL that we gave out; with `anyHost` also in its absolute form. */
export function idOfUrl(url: string, anyHost = false): string | undefined {
  const pattern = anyHost ? /^(?:https?:\/\/[^/?#]+)?\/files\/([0-9a-f]{24})(?:[?#].*)?$/ : /^\/files\/([0-9a-f]{24})$/;
  return pattern.exec(url)?.[1];
}

export function newAttachment(ownerId: number, file: Received, checked: Checked, objectKey: string): Attachment {
  const now = new Date();
  return {
    ...checked,
    _id: file.fileId,
    owner_id: ownerId,
    url: urlOf(file.fileId),
    name: file.name,
    mime: file.mime,
    source_sha256: file.sha256,
    object_key: objectKey,
    conversation_ids: [],
    public: false,
    orphan_since: now,
    created_at: now,
  };
}

/** What those are shown of it who get a message with it. */
export function attached(doc: Attachment): MessageFile {
  const { url, name, size, mime, thumbnailUrl, previewUrl, width, height, duration } = shown(doc);
  return {
    url,
    name,
    mime,
    size,
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(duration === undefined ? {} : { duration }),
    ...(thumbnailUrl === undefined ? {} : { thumbnail: thumbnailUrl }),
    ...(previewUrl === undefined ? {} : { preview: previewUrl }),
  };
}

export function shown(doc: Attachment): Infer<typeof UploadedFile> {
  const { _id, url, name, size, mime, width, height, duration } = doc;
  return {
    url,
    fileId: _id,
    name,
    size,
    mime,
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(duration === undefined ? {} : { duration }),
    ...(doc.thumbnail_size === undefined ? {} : { thumbnailUrl: `${url}?variant=thumbnail` }),
    ...(doc.preview_size === undefined ? {} : { previewUrl: `${url}?variant=preview` }),
  };
}
